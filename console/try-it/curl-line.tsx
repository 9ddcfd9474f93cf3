import { useState } from "preact/hooks";

/** Shows the request as a curl command, with a button to copy it. */
export function CurlLine({ command }: { command: string }) {
  const [copied, setCopied] = useState<string>();
  const copy = () =>
    void navigator.clipboard.writeText(command).then(
      () => setCopied("Copied"),
      () => setCopied("The browser did not allow the copy: select and copy the text yourself"),
    );
  return (
    <section class="curl" aria-label="The request as a curl command">
      <pre class="shown-text">{command}</pre>
      <div class="actions">
        <button type="button" onClick={copy}>
          Copy as curl
        </button>
        <span role="status">{copied}</span>
      </div>
    </section>
  );
}
