"""``python -m verte_desktop``."""

import sys

from verte_core.reading.child import serve_if_asked

# A process that reads images needs no Qt.
serve_if_asked()

from verte_desktop.app import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
