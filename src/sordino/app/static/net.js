// Talking to the server: problems as errors with their findings, a lost connection as its own.

export class Refused extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || "refused");
    this.status = problem.status;
    this.findings = problem.findings ?? [];
  }
}

export class Lost extends Error {}

// Offers the files of a run that is done: links with `data-file`. The server keeps a run for a
// while only: `gone(error)` is called when somebody wants a file that it has no more.
export function offer(job, gone) {
  for (const link of document.querySelectorAll("[data-file]")) {
    link.href = `/api/jobs/${job}/${link.dataset.file}`;
    link.removeAttribute("aria-disabled");
    link.onclick = async (event) => {
      event.preventDefault();
      if (!link.hasAttribute("href")) return;
      try {
        await ask("GET", `/api/jobs/${job}`);
      } catch (error) {
        if (!(error instanceof Refused || error instanceof Lost)) throw error;
        gone(error);
        return;
      }
      const file = document.createElement("a");
      file.href = link.href;
      file.download = link.getAttribute("download") ?? "";
      file.click();
    };
  }
}

export async function ask(method, path, body = undefined) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Lost("the connection is lost");
  }
  if (answer.status === 401) {
    location.assign("/sign-in");
    throw new Refused({ status: 401, title: "signed out" });
  }
  const kind = answer.headers.get("content-type") ?? "";
  if (!answer.ok) {
    const problem = kind.includes("json") ? await answer.json() : { status: answer.status };
    throw new Refused(problem);
  }
  return kind.includes("json") && answer.status !== 204 ? answer.json() : answer.text();
}
