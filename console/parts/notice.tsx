import type { ComponentChildren } from "preact";

interface NoticeProps {
  readonly title: string;
  readonly action?: { readonly text: string; run(): void };
  readonly children: ComponentChildren;
}

/** Shows why a view has no content, and what to do. */
export function Notice({ title, action, children }: NoticeProps) {
  return (
    <div class="notice" role="alert">
      <h2>{title}</h2>
      {children}
      {action !== undefined && (
        <button type="button" onClick={action.run}>
          {action.text}
        </button>
      )}
    </div>
  );
}
