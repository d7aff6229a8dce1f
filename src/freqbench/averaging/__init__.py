"""The bias of a method, seen by averaging what it makes of many captures (as Fig. S4 of the FRC paper does)."""
