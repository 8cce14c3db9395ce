"""nbgrader around the engine: releases, results, and scores in the gradebook."""
