/** Names of the classes in label order, as the data sets' manifests give them. */
const CLASS_NAMES: Readonly<Record<string, readonly string[]>> = {
  'fashion-mnist': [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  mnist: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  'cifar-10': ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
};

/** A class's name, or its number where the data set is not known here. */
export const className = (dataset: string, label: number): string =>
  CLASS_NAMES[dataset]?.[label] ?? `class ${label}`;
