"""The bias of a method, seen by averaging what it makes of many captures (in the manner of Fig. S4 of the FRC paper)."""
