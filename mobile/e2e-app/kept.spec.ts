// What the app keeps on the device outlives the program, however that ends.
import { Desktop } from './desktop';
import { button, Driver, field, part, startDriver, words } from './driver';
import { conversation, expect, pair, say, test } from './fixtures';

test('what was written offline survives a kill, and is sent once by the next start', async ({ server }) => {
  const desktop = await Desktop.start('kept', { keyring: true });
  try {
    const base = await startDriver(desktop);
    let app = await Driver.open(base);
    await pair(app, server);
    await app.click(button('New project'));
    await app.type(field('Name'), 'Tide tables');
    await app.click(button('Create project'));
    await app.see(words('What should be done?'), 60_000);
    await say(app, 'First. [[text: The first answer.]]');
    await app.see(words('The first answer.'), 60_000);
    await app.gone(part('Working'));

    await server.kill();
    await app.see(`${words('Reconnecting')} | ${words('Offline')}`, 40_000);
    await app.type(field('Message'), 'Second. [[text: The second answer.]]');
    await app.click(button('Keep, and send when online'));
    await app.see(words('Waiting on this device'));
    await app.type(field('Message'), 'Third, half wri');
    await expect.poll(() => desktop.kept()).toContain('Third, half wri');
    desktop.picture('01-before');
    desktop.killApp();
    await app.left();

    // Without a server it opens from what is kept.
    app = await Driver.open(base);
    await app.click(`//a[contains(., 'Tide tables')]`);
    await app.see(words('The first answer.'), 3_000);
    await app.see(words('Waiting on this device'), 3_000);
    await expect.poll(() => app.value(field('Message'))).toBe('Third, half wri');
    desktop.picture('02-next-start');

    await server.run();
    await app.see(words('The second answer.'), 60_000);
    await app.gone(words('Waiting on this device'));
    const said = (await conversation(app)).match(/^The (first|second) answer\.$/gm);
    expect(said).toEqual(['The first answer.', 'The second answer.']);
    desktop.picture('03-sent');

    // Signing out leaves nothing.
    await app.click(`//a[normalize-space()='Settings' or @aria-label='Settings']`);
    await app.click(button('Sign out'));
    await app.click(`//dialog//button[normalize-space()='Sign out']`);
    await app.see(words('Pair this device'));
    expect(desktop.keeps()).toBe(false);
    await app.close();
  } finally {
    desktop.picture('99-end');
    await desktop.stop();
  }
});

/** As an earlier version of the app has left it: somebody has asked for a project, and the server was away. */
const LEAVE_OLD = `const done = arguments[arguments.length - 1];
  const opened = indexedDB.open('pcc', 3);
  opened.onupgradeneeded = () => {
    for (const name of ['values', 'drafts', 'files']) opened.result.createObjectStore(name);
    for (const name of ['projects', 'messages', 'outbox']) opened.result.createObjectStore(name, { keyPath: 'id' });
  };
  opened.onsuccess = () => {
    const transaction = opened.result.transaction('outbox', 'readwrite');
    const order = { kind: 'create', project: null, name: 'From before', source: { empty: true } };
    transaction.objectStore('outbox').put({ id: 'an-order', at: 1, order, state: 'waiting', error: null });
    transaction.oncomplete = () => (opened.result.close(), done(true));
  };`;
const OLD = `const done = arguments[arguments.length - 1]; indexedDB.databases().then(done);`;

test('what an earlier version has kept moves once; what is damaged is put aside and said to be', async ({ server }) => {
  const desktop = await Desktop.start('moved', { keyring: true });
  try {
    const base = await startDriver(desktop);
    let app = await Driver.open(base);
    await pair(app, server);
    await app.executeAsync(LEAVE_OLD);
    await app.close();

    app = await Driver.open(base);
    await app.see(`//a[contains(., 'From before')]`, 60_000);
    expect(await app.executeAsync(OLD)).toEqual([]);
    await app.close();

    desktop.spoilKept();
    app = await Driver.open(base);
    await app.see(words('Kept data was put aside'));
    desktop.picture('01-put-aside');
    await app.click(button('Understood'));
    await app.gone(words('Kept data was put aside'));
    await app.see(`//a[contains(., 'From before')]`);
    await app.close();
    app = await Driver.open(base);
    await app.see(`//a[contains(., 'From before')]`);
    expect(await app.count(words('Kept data was put aside'))).toBe(0);
    await app.close();
  } finally {
    desktop.picture('99-end');
    await desktop.stop();
  }
});
