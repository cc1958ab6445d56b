"""How good weights are, for whom, and how that was checked.

``cohort`` gathers what is known of the people; every other module makes one or more Sections of it, each
from arrays by functions of its own; ``report`` writes them.
"""
