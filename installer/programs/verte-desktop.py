"""The window of the installed program."""

import sys

from verte_core.reading.child import serve_if_asked

# Its children are started by this program, and need no window.
serve_if_asked()

from verte_desktop.app import main  # noqa: E402

sys.exit(main())
