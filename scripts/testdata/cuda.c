int cuda; // a library that can be loaded, and no more
