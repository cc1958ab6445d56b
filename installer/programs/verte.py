"""The command of the installed program."""

import sys

from verte_core.cli import main

sys.exit(main())
