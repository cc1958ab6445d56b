"""The command of the installed program."""

import sys

from verte_desktop.terminal import main

sys.exit(main())
