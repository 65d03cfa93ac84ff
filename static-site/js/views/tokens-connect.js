/** How an assistant is connected to one's own trades (docs/knowledge-server.md). */
import { CopyButton } from "../components/copy-button.js";
import { html } from "../lib/html.js";

const PLACEHOLDER = "pt_…";

export function ConnectKnowledge() {
  const address = `${location.origin}/mcp`;
  const desktop = JSON.stringify(
    {
      mcpServers: {
        papertape: {
          command: "python3",
          args: ["<where you cloned papertape>/dev.py", "mcp"],
          env: { PAPERTAPE_URL: location.origin, PAPERTAPE_TOKEN: PLACEHOLDER },
        },
      },
    },
    null,
    2,
  );
  return html`
    <details class="connect">
      <summary>Ask an assistant about your trades: connect the knowledge server</summary>
      <p>An assistant that speaks the Model Context Protocol gets five tools that read your trades: a list, one trade, performance, similar entries, and what made a loss. They change nothing.</p>
      <ol>
        <li>Make a token that may <strong>read</strong>, and copy it.</li>
        <li>
          A client that takes an address: <code>${address}</code> with the header <code>Authorization: Bearer ${PLACEHOLDER}</code>.
          ${" "}<${CopyButton} text=${address} what="the address" />
        </li>
        <li>
          A desktop client that starts a program:
          <pre tabindex="0" aria-label="Settings of a desktop client">${desktop}</pre>
          <${CopyButton} text=${desktop} what="the settings" />
        </li>
        <li>Ask: “Which of my losses ran past their stop?” Revoke the token here, and the assistant reads nothing more.</li>
      </ol>
    </details>
  `;
}
