"""How good weights are, for whom, and how that was checked.

In layers, each of which knows only those before it: ``figures`` makes numbers of arrays; ``people`` gathers
what is known of each person; ``sections`` makes words, tables and pictures of both, an analysis a module;
``report`` writes them; ``evaluate`` goes through all of it.
"""
