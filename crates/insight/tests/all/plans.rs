//! How the engines find the figures when there are many.
