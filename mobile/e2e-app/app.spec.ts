// The built app as a person has it: its own window, the system's keychain and notifications, the real server and agent.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as programs from '../e2e/programs';
import { Desktop } from './desktop';
import { button, Driver, field, link, part, startDriver, words } from './driver';
import { conversation, expect, say, test } from './fixtures';

/** What the web view keeps by itself. */
const KEPT = `const done = arguments[arguments.length - 1];
  indexedDB.databases().then((all) => done([all, Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]));`;

test('pair, create, chat, decide, sleep, resume', async ({ server }) => {
  const desktop = await Desktop.start('walk', { keyring: true });
  try {
    const base = await startDriver(desktop);
    let app = await Driver.open(base);
    await app.see(words('Pair this device'));
    desktop.picture('01-start');

    // The link as the system's browser hands it over: to a second program, which gives it to the first and ends.
    const [address, code] = server.pairingLink().split('/pair#');
    const opened = desktop.spawn(programs.app(), [`pcc://pair?server=${encodeURIComponent(address ?? '')}#${code}`]);
    expect(await once(opened, 'exit')).toEqual([0, null]);
    await expect.poll(() => app.value(field('Pairing link'))).toBe(`${server.url}/pair#${code}`);
    desktop.picture('02-link');
    await app.click(button('Pair'));
    await app.see(words('No project yet.'));
    desktop.picture('03-home');
    expect(await app.executeAsync(KEPT), 'the system may clear it').toEqual([[], [], expect.anything(), '']);
    await expect.poll(() => desktop.kept().includes('serverVersion'), { message: 'it has read something' }).toBe(true);
    expect(desktop.kept(), 'the token is in the keychain alone').not.toMatch(/pcc_[^_]+_/);

    await app.click(button('New project'));
    await app.type(field('Name'), 'Tide tables');
    desktop.picture('04-new');
    await app.click(button('Create project'));
    await app.see(words('What should be done?'), 60_000);

    await say(app, 'Keep notes. [[bash: mkdir -p notes && date > notes/today.md]] [[text: There are notes now.]]');
    await app.see(words('Run this command?'), 60_000);
    await app.see(button('Allow once'));
    desktop.picture('05-permission');
    await new Promise((resolve) => setTimeout(resolve, 450)); // a tap within 400 ms of the card's arrival is not meant for it
    await app.click(button('Allow once'));
    await app.see(words('There are notes now.'), 60_000);
    await app.gone(words('Run this command?'));
    desktop.picture('06-answered');

    // A file goes to the server and another comes from it.
    writeFileSync(join(desktop.folder, 'plan.txt'), 'Two tables, one page.');
    await app.choose('input[type=file]', join(desktop.folder, 'plan.txt'));
    await app.see(button('Remove plan.txt'));
    await say(app, 'Read this. [[text: It is read.]]');
    await app.see(words('It is read.'), 60_000);
    await app.click(`//button[@aria-haspopup='true']`);
    await app.click(button('Export as Markdown'));
    await app.see(part('Saved as '));
    desktop.picture('07-exported');
    const place = await app.execute<string>(`return /Saved as (.*\\.md)/.exec(document.body.innerText)?.[1] ?? ''`);
    expect(readFileSync(place, 'utf8')).toContain('There are notes now.');

    // Put away, it is told of by the system; brought back, it is right at once.
    await say(app, 'More. [[bash: touch notes/more.md]] [[text: More is there.]]');
    const window = desktop.window();
    desktop.xdotool('windowminimize', window);
    await expect.poll(() => app.execute('return document.hidden')).toBe(true);
    await expect.poll(() => desktop.notificationsShown(), { timeout: 60_000 }).toBe(1);
    desktop.picture('08-notified');
    expect(desktop.notifications()[0]).toMatchObject({
      title: 'Tide tables waits for you',
      body: 'Allow bash? touch notes/more.md',
    });
    expect(await app.count(words('Run this command?')), 'nothing is heard while it sleeps').toBe(0);
    desktop.xdotool('windowmap', window, 'windowactivate', '--sync', window);
    await expect.poll(() => app.execute('return document.hidden')).toBe(false);
    await app.see(words('Run this command?'), 1_000);
    desktop.picture('09-awake');
    await new Promise((resolve) => setTimeout(resolve, 450));
    await app.click(button('Allow once'));
    await app.see(words('More is there.'), 60_000);

    // The server is killed in the middle of an answer.
    await say(app, '[[tokens 200]] [[delay 30]] Count');
    await app.see(part('word20 '), 60_000);
    await server.kill();
    await app.see(`${words('Reconnecting')} | ${words('Offline')}`, 40_000);
    desktop.picture('10-reconnecting');
    await server.run();
    await app.see(part('word199'), 60_000);
    const counted = (await conversation(app)).match(/word\d+/g) ?? [];
    expect(counted).toEqual(Array.from({ length: 200 }, (_, index) => `word${index}`));

    // The next start is signed in: by the keychain.
    await app.close();
    app = await Driver.open(base);
    await app.see(link('Settings'));
    // By its link: what is cut where it is too long counts as hidden for this driver.
    await app.see(`//a[contains(., 'Tide tables')]`);
    desktop.picture('11-next-start');
    await app.close();
  } finally {
    desktop.picture('99-end');
    await desktop.stop();
  }
});

test('without a keychain the app says so, and keeps the token for this run only', async ({ server }) => {
  const desktop = await Desktop.start('no-keychain', { keyring: false });
  try {
    const base = await startDriver(desktop);
    let app = await Driver.open(base);
    await app.see(part('no keychain for the app to use'));
    await app.type(field('Pairing link'), server.pairingLink());
    desktop.picture('01-pair');
    await app.click(button('Pair'));
    await app.see(words('No project yet.'));
    await app.click(link('Settings'));
    await app.see(part('Until the app is closed'));
    desktop.picture('02-settings');
    await app.close();
    app = await Driver.open(base);
    await app.see(words('Pair this device'));
    await app.see(part('no keychain for the app to use'));
    desktop.picture('03-next-start');
    await app.close();
  } finally {
    desktop.picture('99-end');
    await desktop.stop();
  }
});
