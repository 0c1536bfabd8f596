// The parts of uPlot 1.6 that our modules use: https://github.com/leeoniya/uPlot

interface UPlot {
  cursor: { idx?: number | null };
  setSize(size: { width: number; height: number }): void;
}

interface UPlotOptions {
  width: number;
  height: number;
  tzDate?: (seconds: number) => Date;
  legend?: { show: boolean };
  padding?: number[];
  cursor?: { y?: boolean; drag?: { x: boolean; y: boolean }; points?: { show: boolean } };
  scales?: Record<string, { range?: (plot: UPlot, low: number, high: number) => [number, number] }>;
  axes?: { values?: (plot: UPlot, moments: number[]) => string[]; [more: string]: unknown }[];
  series: object[];
  hooks?: { setCursor?: ((plot: UPlot) => void)[] };
}

declare const uPlot: {
  new (options: UPlotOptions, data: number[][], place: HTMLElement): UPlot;
  tzDate(date: Date, zone: string): Date;
  paths: { bars?: (options: { size: number[]; radius?: number }) => unknown };
};
