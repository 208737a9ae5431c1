// How a chart is drawn: by the colours, the text size and the direction of the element that it stands in.
import type uPlot from 'uplot';

export interface Drawing {
  kind: 'bars' | 'line';
  /** The top of the scale; without, as high as the highest. */
  top?: number;
  /** Nothing finer is written at the scale. */
  finest: number;
  /** No scale and no dates without. */
  labels?: { x: (x: number) => string; y: (y: number) => string };
  /** Where the pointer is: which value, or none. */
  onpoint?: (index: number | null) => void;
}

/** 1, 2, 5, 10, 20, …: what a scale may count in. */
export function steps(finest: number, digits = [1, 2, 5]): number[] {
  return Array.from({ length: 14 }, (_, power) => digits.map((digit) => digit * finest * 10 ** power)).flat();
}

/** As few dates as there is room for, the last one always among them. */
export function chosen(count: number, room: number): number[] {
  const step = Math.max(1, Math.ceil(count / Math.max(1, room)));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => count - 1 - index * step).toReversed();
}

/** The first round number that is not below the highest value. */
export function ceiling(highest: number, finest: number): number {
  return steps(finest, [1, 2, 3, 4, 5, 6, 8]).find((step) => step >= highest && step >= 2 * finest) ?? highest;
}

export function options(uPlotClass: typeof uPlot, element: HTMLElement, drawing: Drawing): uPlot.Options {
  const { kind, top, finest, labels, onpoint } = drawing;
  const style = getComputedStyle(element);
  const em = parseFloat(style.fontSize);
  const font = `${em}px ${style.fontFamily}`;
  const isLeftwards = style.direction === 'rtl';
  const { width, height } = element.getBoundingClientRect();
  // One property for each, since a canvas knows no names of colours.
  const [words, ink, line] = [style.color, style.fill, style.stroke];
  const bars = uPlotClass.paths.bars?.({ size: [0.72, 2.5 * em], radius: 0.15 });
  const measure = (plot: uPlot, texts: string[] | null) => {
    plot.ctx.save();
    plot.ctx.font = font;
    const widest = Math.max(0, ...(texts ?? []).map((text) => plot.ctx.measureText(text).width));
    plot.ctx.restore();
    return widest;
  };
  const axis = { stroke: words, font, ticks: { show: false }, gap: em / 2 };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { x: true, y: false, drag: { x: false, y: false }, points: { show: kind === 'line' } },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: {
        time: false,
        dir: isLeftwards ? -1 : 1,
        range: (_plot, min, max) => (kind === 'bars' ? [min - 0.5, max + 0.5] : [min, Math.max(max, min + 1)]),
      },
      y: { range: (_plot, _min, max) => [0, top ?? ceiling(max, finest)] },
    },
    series: [
      {},
      kind === 'bars'
        ? { stroke: ink, fill: ink, width: 0, paths: bars, points: { show: false } }
        : { stroke: ink, fill: faint(ink), width: 1.5, points: { show: false } },
    ],
    axes: labels
      ? [
          {
            ...axis,
            grid: { show: false },
            size: 1.75 * em,
            splits: (plot) => chosen(plot.data[0].length, plot.bbox.width / devicePixelRatio / (4.5 * em)),
            values: (_plot, splits) => splits.map(labels.x),
          },
          {
            ...axis,
            side: isLeftwards ? 1 : 3,
            grid: { stroke: line, width: 1 },
            space: 2.75 * em,
            incrs: steps(finest),
            size: (plot, values) => Math.ceil(measure(plot, values) / devicePixelRatio) + em,
            values: (_plot, splits) => splits.map(labels.y),
          },
        ]
      : [{ show: false }, { show: false }],
    // The last date stands under the last bar, and half of it beside.
    padding: labels ? [em, isLeftwards ? null : 2 * em, 0, isLeftwards ? 2 * em : null] : [2, 0, 0, 0],
    hooks: { setCursor: [(plot) => onpoint?.(plot.cursor.idx ?? null)] },
  };
}

/** The same colour, hardly there: "rgb(1, 2, 3)" as browsers write it. */
function faint(colour: string): string {
  return colour.replace(/^rgb\(([^)]+)\)$/, 'rgba($1, 0.14)');
}
