// "Hand in" in the toolbar of an exercise's notebook: saves it and shows the hand-in page beside it.
//
// A JupyterLab extension as the bundlers make them, written by hand: JupyterLab calls `init` with the packages that it
// shares, then `get`. What is taken from them are JupyterLab's own objects, so nothing has to be built or bundled.
(() => {
  const NAME = "understanding-nn-hand-in";
  let shared;

  async function take(name) {
    const versions = Object.values(shared[name]);
    return (await (versions.find((version) => version.loaded) || versions[0]).get())();
  }

  async function makePlugin() {
    const { PageConfig, URLExt } = await take("@jupyterlab/coreutils");
    const { MainAreaWidget, ToolbarButton } = await take("@jupyterlab/apputils");
    const { Widget } = await take("@lumino/widgets");
    const stems = JSON.parse(PageConfig.getOption("courseStems") || "[]");

    function showReport(app, panel, stem) {
      const frame = document.createElement("iframe");
      frame.title = "Hand in";
      frame.src = URLExt.join(PageConfig.getBaseUrl(), "course", "hand-in", stem) + "#now";
      frame.style.cssText = "border: 0; width: 100%; height: 100%";
      const content = new Widget({ node: frame });
      const widget = new MainAreaWidget({ content });
      widget.id = `${NAME}:${stem}`;
      widget.title.label = "Hand in";
      widget.title.closable = true;
      const earlier = [...app.shell.widgets("main")].find((other) => other.id === widget.id);
      app.shell.add(widget, "main", earlier ? { ref: earlier.id } : { mode: "split-right", ref: panel.id });
      earlier?.dispose();
      app.shell.activateById(widget.id);
    }

    function addButton(app, panel, context) {
      const stem = context.path.replace(/\.ipynb$/, "");
      if (!stems.includes(stem)) {
        return undefined;
      }
      const button = new ToolbarButton({
        label: "Hand in",
        tooltip: "Save this notebook, have it graded, and see the points",
        onClick: async () => {
          await context.save();
          showReport(app, panel, stem);
        },
      });
      panel.toolbar.insertAfter("cellType", "hand-in", button) || panel.toolbar.addItem("hand-in", button);
      return button;
    }

    return {
      id: `${NAME}:plugin`,
      description: "Hands an exercise in from JupyterLab.",
      autoStart: true,
      activate: (app) =>
        app.docRegistry.addWidgetExtension("Notebook", {
          createNew: (panel, context) => addButton(app, panel, context),
        }),
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: (scope) => {
      shared = scope;
    },
    get: async () => {
      const plugin = await makePlugin();
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();
