import type { Server } from '../api';
import { Collection } from './collection.svelte';

export class Servers extends Collection<Server> {}
