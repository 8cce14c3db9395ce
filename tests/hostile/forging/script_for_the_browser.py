# expected: 0/10, shows "a learner's picture"
# Script for the instructor's browser by every door that a notebook has. None but plain text comes back.
# %% [markdown]
# <script>fetch("/LEAKED")</script> <img src=x onerror="LEAKED"> [link](javascript:LEAKED) ![](http://x/LEAKED)
# ~~~
# </pre><iframe srcdoc="LEAKED"></iframe>

# %%
from IPython.display import HTML, SVG, IFrame, Javascript, Latex, Markdown

evil = "<script>document.title = 'LEAK' + 'ED'</script>"
display(HTML(evil), Javascript("alert(1)"), Latex(r"$\href{javascript:x}{y}$"), Markdown(evil))
display(IFrame("http://x", 1, 1))
display({"text/html": evil, "application/javascript": evil, "image/svg+xml": evil, "text/latex": evil}, raw=True)
display(SVG(f"<svg xmlns='http://www.w3.org/2000/svg'>{evil}</svg>"))
display({"text/plain": "a learner's picture", "image/png": 'x" onerror="' + evil}, raw=True, metadata={"evil": evil})
display({"application/vnd.jupyter.widget-view+json": {"model_id": evil}}, raw=True)


class Rich:
    def _repr_html_(self):
        return evil

    def _repr_mimebundle_(self, **_):
        return {"text/html": evil, "text/plain": "rich"}


Rich()
