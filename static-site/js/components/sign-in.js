/** Signing in: name and password, and the second factor when the server asks for it. */
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { ApiProblem, fieldErrors, sentence } from "../lib/problems.js";
import { lastUsername, sessionState, signIn } from "../state/session.js";
import { Dialog } from "./dialog.js";
import { Field } from "./field.js";

const CODE_CHALLENGES = ["SOFTWARE_TOKEN_MFA", "SMS_MFA", "MFA", "TOTP", "totp", "mfa", "code"];
const PASSWORD_CHALLENGE = "NEW_PASSWORD_REQUIRED";

/** The whole page while nobody is signed in. */
export const SignInPage = () => html`
  <main class="sign-in-page">
    <div class="sign-in-card">
      <p class="brand brand-large">papertape</p>
      <h1>Sign in</h1>
      <${SignInForm} />
      <p class="sign-in-note">Accounts are made by the operator of this deployment.</p>
    </div>
  </main>
`;

/** Over the page when the session has ended: what is behind it stays. */
export const SignInAgain = () => html`
  <${Dialog} title="Sign in again" kind="narrow">
    <p>Your session has ended. What you typed is still here.</p>
    <${SignInForm} />
    <button type="button" class="button-link" onClick=${() => (sessionState.value = "signed-out")}>
      Sign in as somebody else
    </button>
  <//>
`;

function SignInForm() {
  const [username, setUsername] = useState(lastUsername.value);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const [byField, setByField] = useState(/** @type {Record<string, string>} */ ({}));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  useEffect(() => focusFirstEmpty(form.current), [asksCode]);

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    setByField({});
    try {
      await signIn({ username: username.trim(), password, ...(asksCode ? { code: code.trim() } : {}) });
    } catch (problem) {
      const challenge = problem instanceof ApiProblem ? problem.body?.challenge : null;
      if (CODE_CHALLENGES.includes(challenge) && !asksCode) setAsksCode(true);
      else setError(refusalText(problem, challenge, asksCode));
      setByField(fieldErrors(problem));
    } finally {
      setBusy(false);
    }
  };

  return html`
    <form class="form" ref=${form} onSubmit=${submit}>
      <${Field}
        label="Username" value=${username} onInput=${setUsername} error=${byField.username ?? null}
        name="username" autocomplete="username" autocapitalize="none" spellcheck=${false} required
      />
      <${Field}
        label="Password" type="password" value=${password} onInput=${setPassword} error=${byField.password ?? null}
        name="password" autocomplete="current-password" required autofocus=${username !== ""}
      />
      ${
        asksCode &&
        html`<${Field}
          label="Code from your authenticator app" value=${code} onInput=${setCode} error=${byField.code ?? null}
          name="code" inputmode="numeric" autocomplete="one-time-code" required
        />`
      }
      ${error && html`<p class="notice" data-tone="bad" role="alert">${error}</p>`}
      <button type="submit" class="button" data-kind="primary" disabled=${isBusy}>
        ${isBusy ? "Signing in…" : "Sign in"}
      </button>
    </form>
  `;
}

/** @param {HTMLFormElement | null} form */
function focusFirstEmpty(form) {
  const empty = [...(form?.querySelectorAll("input") ?? [])].find((input) => input.value === "");
  empty?.focus();
}

/** @param {unknown} problem @param {unknown} challenge @param {boolean} askedCode */
function refusalText(problem, challenge, askedCode) {
  if (challenge === PASSWORD_CHALLENGE) return "This account still has its first password. Ask the operator to set it.";
  if (problem instanceof ApiProblem && problem.status === 401) {
    return askedCode ? "The code or the password is not right." : "The username or the password is not right.";
  }
  return sentence(problem);
}
