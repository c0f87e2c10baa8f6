//! Disclosure: a request for public records, from the day received to the last appeal (TF 2 kap., OSL 6 kap.).
