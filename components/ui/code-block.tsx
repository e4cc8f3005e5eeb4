import { cn } from "./class-names";
import { CopyButton } from "./copy-button";

export type CodeBlockProps = {
  code: string;
  /** Names what is copied, for example "Copy command". */
  copyLabel?: string;
  className?: string;
};

/** A command or a file to take along, exactly as it is to be used. */
export function CodeBlock({ code, copyLabel, className }: CodeBlockProps) {
  return (
    <div className={cn("flex items-start gap-2 rounded-md border border-line bg-sunken py-1.5 pr-1.5 pl-3", className)}>
      <pre className="min-w-0 flex-1 whitespace-pre-wrap break-words py-1 font-mono text-caption text-ink">
        <code>{code}</code>
      </pre>
      <CopyButton text={code} label={copyLabel} />
    </div>
  );
}
