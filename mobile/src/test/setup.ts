import 'fake-indexeddb/auto';

// Nothing is laid out here, so there is nothing to scroll to.
Element.prototype.scrollIntoView ??= () => {};
