// The bar "Run live" of a page with code cells (book/_extensions/live_cells.py). Pressing its button loads thebe, turns
// each cell into an editor, and connects them all to one kernel of the course server that served the page.
(() => {
  const page = document.currentScript.dataset.page;
  const site = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const served = /^https?:$/.test(site.protocol) && site.pathname.endsWith("/course/book/");
  const server = new URL("../../", site); // the site lies at <server>course/book/

  document.addEventListener("DOMContentLoaded", () => {
    const title = document.querySelector("article h1");
    if (title && cells().length) {
      title.after(makeBar());
    }
  });

  function cells() {
    return [...document.querySelectorAll("article div.cell")].filter((cell) => cell.querySelector(".cell_input pre"));
  }

  function makeBar() {
    const bar = element("div", "live-cells");
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Live cells");
    const status = element("span", "live-cells-status", "Edit the code on this page and run it.");
    status.setAttribute("role", "status");
    const start = button("Run live", () => activate(bar, start, status));
    start.classList.add("live-cells-start");
    bar.append(start, status);
    return bar;
  }

  async function activate(bar, start, status) {
    if (!served) {
      status.textContent =
        "There is no course server behind this page, so its cells cannot run. In the course's folder, start it with " +
        "“make course” and open the address that it prints.";
      return;
    }
    start.disabled = true;
    try {
      status.textContent = "Connecting…";
      await requireServer();
      await loadThebe();
      prepareCells();
      await connect(status);
      start.replaceWith(...controls(status));
      document.documentElement.classList.add("live-cells-active");
      status.textContent = "Ready. Press Shift+Enter in a cell to run it, Esc to leave it.";
    } catch (error) {
      status.textContent = error.message || String(error);
      start.disabled = Boolean(document.querySelector(".thebe-cell")); // then only a reload gives the cells back
    }
  }

  async function requireServer() {
    let answer;
    try {
      answer = await fetch(new URL("api/status", server), { credentials: "same-origin" });
    } catch {
      throw new Error("The course server does not answer. Is it still running?");
    }
    if (answer.status === 401 || answer.status === 403) {
      throw new Error("You are not signed in: open the address that the course server printed when it started.");
    }
    if (!answer.ok) {
      throw new Error(`The course server answered ${answer.status} ${answer.statusText}.`);
    }
  }

  async function loadThebe() {
    if (window.thebe) {
      return;
    }
    const style = element("link", "");
    style.rel = "stylesheet";
    style.href = new URL("_static/thebe/thebe.css", site).href;
    document.head.prepend(style); // before ours, which changes it
    await new Promise((resolve, reject) => {
      const script = element("script", "");
      script.src = new URL("_static/thebe/index.js", site).href;
      script.onload = resolve;
      script.onerror = () => reject(new Error("The live cells' script could not be loaded. Reload the page."));
      document.head.append(script);
    });
  }

  // thebe pairs sources and outputs by their order on the page, so each cell gets exactly one of both.
  function prepareCells() {
    cells().forEach((cell) => {
      const source = cell.querySelector(".cell_input pre");
      source.dataset.executable = "true";
      source.dataset.language = "python";
      source.closest("details")?.setAttribute("open", "");
      let output = cell.querySelector(".cell_output");
      if (!output) {
        output = element("div", "cell_output docutils container");
        cell.append(output);
      }
      output.dataset.output = "true";
    });
  }

  async function connect(status) {
    const failed = new Promise((_, reject) => {
      window.thebe.on("error", (_, event) => reject(new Error(`No kernel: ${event.message}`)));
    });
    window.thebe.on("status", (_, event) => {
      if (!window.thebe.session && (event.subject === "server" || event.subject === "session")) {
        status.textContent = "Starting Python…";
      }
    });
    const started = window.thebe.bootstrap({
      useBinder: false,
      requestKernel: true,
      predefinedOutput: true,
      mountStatusWidget: false,
      mountActivateWidget: false,
      mountRunButton: true,
      mountRunAllButton: false,
      mountRestartButton: false,
      mountRestartAllButton: false,
      selector: "[data-executable]",
      outputSelector: "[data-output]",
      // The page's cookie says who is asking: no token is ever written into a page.
      serverSettings: {
        baseUrl: server.href,
        wsUrl: server.href.replace(/^http/, "ws"),
        token: "",
        appendToken: false,
      },
      kernelOptions: { kernelName: "python3", path: `${page}.page` },
      savedSessionOptions: { enabled: false },
      mathjaxUrl: "", // outputs are not typeset: thebe would fetch MathJax from another host
      codeMirrorConfig: { lineNumbers: false, viewportMargin: Infinity, screenReaderLabel: "Code of this cell" },
    });
    await Promise.race([started, failed]);
    if (!window.thebe.session) {
      throw new Error("The course server started no kernel. Reload the page to try again.");
    }
    nameButtons();
    document.querySelectorAll(".thebe-cell .CodeMirror").forEach((editor) => editor.CodeMirror.refresh());
  }

  function nameButtons() {
    document.querySelectorAll(".thebe-run-button").forEach((run, index) => {
      run.textContent = "Run";
      run.title = "Run this cell (Shift+Enter)";
      run.setAttribute("aria-label", `Run cell ${index + 1}`);
    });
  }

  function controls(status) {
    const runAll = button("Run all", () => during(runAll, status, "Running all cells…", "All cells have run.", runEach));
    const restart = button("Restart", () =>
      during(restart, status, "Restarting Python…", "Restarted: all variables are gone.", () =>
        window.thebe.session.kernel.restart(),
      ),
    );
    return [runAll, restart];
  }

  // One after another, as a reader would: the next cell needs what this one defines.
  async function runEach() {
    for (const cell of window.thebe.notebook.cells) {
      await cell.execute();
    }
  }

  async function during(pressed, status, before, after, work) {
    pressed.disabled = true;
    status.textContent = before;
    try {
      await work();
      status.textContent = after;
    } catch (error) {
      status.textContent = `That did not work: ${error.message || error}`;
    } finally {
      pressed.disabled = false;
    }
  }

  function button(text, action) {
    const made = element("button", "live-cells-button", text);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  }

  function element(name, className, text = "") {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  }
})();
