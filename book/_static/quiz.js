// The button of each question of a quiz (book/_extensions/quiz.py). Without this script each explanation can be opened
// by hand; with it they appear one at a time, and all of them once the question is answered.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".quiz-question").forEach(prepare);
  // A closed explanation would be missing on paper.
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll(".quiz-explanation").forEach((explanation) => { explanation.open = true; });
  });
});

function prepare(question) {
  const button = document.createElement("button");
  button.type = "submit";
  button.className = "quiz-check";
  button.textContent = "Check";
  const answer = document.createElement("div");
  answer.className = "quiz-answer";
  answer.setAttribute("role", "status"); // announced by a screen reader when its content changes
  question.querySelector("fieldset").append(button, answer);
  question.classList.add("quiz-live");
  question.addEventListener("submit", (event) => {
    event.preventDefault();
    check(question, answer);
  });
  question.addEventListener("change", () => { clear(question, answer); });
}

function clear(question, answer) {
  answer.replaceChildren();
  question.classList.remove("quiz-is-right", "quiz-is-wrong");
}

function check(question, answer) {
  clear(question, answer);
  const chosen = question.querySelector("input:checked");
  if (!chosen) {
    answer.textContent = "Choose an option first.";
    return;
  }
  const right = chosen.value === "right";
  const explanation = chosen.parentElement.querySelector(".quiz-explanation-text");
  answer.append(...Array.from(explanation.childNodes, (child) => child.cloneNode(true)));
  question.classList.add(right ? "quiz-is-right" : "quiz-is-wrong");
  if (right) {
    question.classList.add("quiz-solved"); // now every option's explanation may be read
  }
}
