import { SampleCode } from '@nestwire/contracts';
import { create } from './element.js';
import { reviewEnvelope, sampleEnvelope } from './sample-envelope.js';

interface Example {
  readonly label: string;
  readonly envelope: () => string;
}

let counts = 0;

/** A fitting envelope for each of the sample's codes that answers. */
const EXAMPLES: readonly Example[] = [
  { label: 'Hello', envelope: () => sampleEnvelope(SampleCode.Hello) },
  { label: 'Heartbeat', envelope: () => sampleEnvelope(SampleCode.Heartbeat) },
  { label: 'Roll', envelope: () => sampleEnvelope(SampleCode.Roll, { sides: 6 }) },
  {
    label: 'Count',
    // An id that is still in flight would be refused: a new one for each stream.
    envelope: () => sampleEnvelope(SampleCode.Count, { count: 5, everyMs: 500 }, `count-${String(++counts)}`),
  },
  { label: 'Secret', envelope: () => sampleEnvelope(SampleCode.Secret) },
  { label: 'Fail', envelope: () => sampleEnvelope(SampleCode.Fail) },
];

export interface EditorElements {
  readonly form: HTMLFormElement;
  readonly text: HTMLTextAreaElement;
  readonly hint: HTMLElement;
  readonly chips: HTMLElement;
}

/** Where a message is written. What is no envelope may be sent too: how the server answers is worth seeing. */
export class Editor {
  constructor(
    private readonly elements: EditorElements,
    send: (message: string) => void,
  ) {
    const { form, text, chips } = elements;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      send(text.value);
    });
    text.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      form.requestSubmit();
    });
    text.addEventListener('input', () => this.review());
    chips.append(...EXAMPLES.map((example) => this.chip(example)));
    this.review();
  }

  private chip({ label, envelope }: Example): HTMLButtonElement {
    const chip = create('button', 'chip', label);
    chip.type = 'button';
    chip.addEventListener('click', () => {
      this.elements.text.value = envelope();
      this.review();
    });
    return chip;
  }

  private review(): void {
    const { text, hint } = this.elements;
    const review = reviewEnvelope(text.value);
    hint.textContent = review.text;
    hint.dataset['tone'] = review.fine ? 'plain' : 'caution';
  }
}
