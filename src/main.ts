import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import '@fontsource-variable/source-serif-4';
import { mount } from 'svelte';
import App from './ui/App.svelte';
import { Lab } from './ui/lab.svelte';
import './ui/theme.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element #app');

const lab = new Lab();
lab.open();
target.replaceChildren();
mount(App, { target, props: { lab } });
