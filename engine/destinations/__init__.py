"""Events on their way out: who is told of them, how they are written, signed, sent and sent again."""
