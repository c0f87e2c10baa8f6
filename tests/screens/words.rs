//! The words laid over the picture, as readers copy and find them.
