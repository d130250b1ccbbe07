"""The script that draws charts: Vega, Vega-Lite and Vega-Embed out of the installed package."""

from __future__ import annotations

import functools
import gzip
import threading

SNIPPET = "window.vegaEmbed = vegaEmbed;"
"""What of it the page uses."""

_making = threading.Lock()


def bundle() -> bytes:
    """The script, compressed; it takes two seconds to put together, once."""
    with _making:
        return _bundle()


@functools.lru_cache(maxsize=1)
def _bundle() -> bytes:
    import vl_convert

    return gzip.compress(vl_convert.javascript_bundle(SNIPPET).encode(), 6)
