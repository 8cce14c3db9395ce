"""Builds the site: fetches the assets that its pages load, runs Jupyter Book, says plainly what went wrong."""
