import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import '@fontsource-variable/source-serif-4';
import { mount } from 'svelte';
import Site from './ui/Site.svelte';
import './ui/theme.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element #app');

target.replaceChildren();
mount(Site, { target });
