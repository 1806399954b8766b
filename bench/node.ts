import './gradients'; // before any kernel of ours

export { main } from './command';
export { replyTo } from './job-reply';
