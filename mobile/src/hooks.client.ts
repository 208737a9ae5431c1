import { boot } from '$lib/boot.svelte';

// Before anything is drawn: what the device has kept is read while the page is still being put together.
void boot.open();
