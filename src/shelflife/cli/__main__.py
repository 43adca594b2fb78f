"""`python -m shelflife.cli`."""

import sys

from shelflife.cli import main

sys.exit(main())
