# SPDX-License-Identifier: Apache-2.0
"""The fault tests use the servers of the integration tests."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]
