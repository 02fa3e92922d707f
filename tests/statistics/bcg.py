"""Thirteen trials of BCG vaccine (Colditz et al., JAMA 1994;271:698): who got tuberculosis, vaccinated or not."""

EVENTS = [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27]
SPARED = [119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886]
COMPARATOR_EVENTS = [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29]
COMPARATOR_SPARED = [128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825]
ALLOCATION = ["random"] * 4 + ["alternate"] * 2 + ["random"] * 3 + ["systematic"] * 4

TOTAL = [affected + spared for affected, spared in zip(EVENTS, SPARED, strict=True)]
COMPARATOR_TOTAL = [a + b for a, b in zip(COMPARATOR_EVENTS, COMPARATOR_SPARED, strict=True)]
ARMS = EVENTS, TOTAL, COMPARATOR_EVENTS, COMPARATOR_TOTAL
