import { app } from './en/app';
import { chat } from './en/chat';
import { decision } from './en/decision';
import { device } from './en/device';
import { github } from './en/github';
import { home } from './en/home';
import { project } from './en/project';
import { usage } from './en/usage';
import { work } from './en/work';

/** English, by subject. */
export const en = { ...app, ...device, ...home, ...decision, ...project, ...chat, ...usage, ...work, ...github };
