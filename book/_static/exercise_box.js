// The hand-in button of the exercise box (book/_extensions/exercise_box.py). Whatever the server answers is put into
// the page as text, never as markup: messages can quote what a submission printed.
document.addEventListener("DOMContentLoaded", () => {
  const served = /^https?:$/.test(location.protocol) && location.pathname.includes("/course/book/");
  document.querySelectorAll(".exercise-box").forEach((box) => {
    box.classList.add(served ? "exercise-served" : "exercise-unserved");
    if (served) {
      connect(box);
    }
  });
});

// The link leads to the server's own hand-in page; with this script the Report appears here instead.
function connect(box) {
  const link = box.querySelector(".exercise-hand-in");
  const report = box.querySelector(".exercise-report");
  const button = document.createElement("button");
  button.type = "button";
  button.className = link.className;
  button.textContent = link.textContent;
  button.addEventListener("click", async () => {
    button.disabled = true;
    report.replaceChildren(element("p", "exercise-waiting", "Grading your notebook…"));
    try {
      report.replaceChildren(...reportNodes(await handIn(link.href)));
    } catch (error) {
      report.replaceChildren(element("p", "exercise-error", error.message));
    } finally {
      button.disabled = false;
    }
  });
  link.replaceWith(button);
}

async function handIn(address) {
  const token = document.cookie.match(/(?:^|;\s*)_xsrf=([^;]*)/);
  let response;
  try {
    response = await fetch(address, {
      method: "POST",
      credentials: "same-origin",
      headers: token ? { "X-XSRFToken": decodeURIComponent(token[1]) } : {},
    });
  } catch {
    throw new Error("The course server does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(answer.message || `The course server answered ${response.status} ${response.statusText}.`);
  }
  return answer;
}

function reportNodes(report) {
  if (report.outcome !== "graded") {
    const apology = "The grader failed; this is its fault, not yours. Your earlier points stand. Please try again.";
    return [element("p", "exercise-score", apology), ...cellNodes(report)];
  }
  const score = `${number(report.score)} of ${number(report.max_score)} points`;
  return [element("p", "exercise-score", score), ...cellNodes(report), ...noteNodes(report)];
}

function cellNodes(report) {
  return report.cells.map((cell) => {
    const part = element("div", `exercise-part exercise-${cell.outcome}`);
    const heading = element("p", "exercise-part-heading");
    const outcome = { passed: "passed", failed: "not yet" }[cell.outcome] || "could not be graded";
    heading.append(
      element("code", "", cell.cell),
      ` ${outcome}, ${number(cell.score)} of ${number(cell.max_score)}`,
    );
    part.append(heading);
    if (cell.message) {
      part.append(element("p", "exercise-message", cell.message));
    }
    if (cell.hint) {
      part.append(element("p", "exercise-hint", `Hint: ${cell.hint}`));
    }
    return part;
  });
}

function noteNodes(report) {
  return report.notes.map((note) => element("p", "exercise-note", `Note: ${note}`));
}

function number(value) {
  return String(Math.round(value * 100) / 100);
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) {
    made.className = className;
  }
  made.textContent = text;
  return made;
}
