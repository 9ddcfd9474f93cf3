import { useState } from "preact/hooks";

/** The request for a shell, to be copied. */
export function CurlLine({ command }: { command: string }) {
  const [copied, setCopied] = useState<string>();
  const copy = () =>
    void navigator.clipboard.writeText(command).then(
      () => setCopied("Copied"),
      () => setCopied("The browser does not let it be copied: mark it and copy it by hand"),
    );
  return (
    <section class="curl" aria-label="The same request for a shell">
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
