// The parts of htmx 4.0 that our modules use: https://four.htmx.org/reference/

interface HtmxRequest {
  action: string;
  method: string;
  headers: Record<string, string>;
  body?: FormData | URLSearchParams | null;
  submitter?: HTMLElement | null;
}

/** What one request is about, from its configuration to its swap. */
interface HtmxContext {
  request: HtmxRequest;
  response?: { status: number };
  sourceElement: Element;
  fetch?: typeof fetch;
}

type HtmxEvent = CustomEvent<{ ctx: HtmxContext }>;

interface DocumentEventMap {
  "htmx:config:request": HtmxEvent;
  "htmx:before:request": HtmxEvent;
  "htmx:after:request": HtmxEvent;
  "htmx:finally:request": HtmxEvent;
  "htmx:after:swap": HtmxEvent;
  "htmx:error": Event;
  "htmx:before:history:restore": Event;
  /** Sent by the server: somebody edited the flow. */
  edited: CustomEvent<{ data: string }>;
}

declare const htmx: {
  process(element: Element): void;
  trigger(element: Element, event: string): void;
  ajax(
    method: string,
    url: string,
    options: { source?: Element; target: string; swap: string; values?: Record<string, unknown> },
  ): Promise<void>;
};
