/** Sixteen-pixel shapes, each told from the others without colour. The word beside it is what a screen reader says. */

const SHAPES = {
  play: <path d="M4 2.500v11l9-5.500z" />,
  stream: (
    <g>
      <circle cx="2.500" cy="8" r="1.700" />
      <circle cx="8" cy="8" r="1.700" />
      <circle cx="13.500" cy="8" r="1.700" />
    </g>
  ),
  branch: <path d="M4 2v12M4 9h5a3 3 0 0 0 3-3V3M9.500 5.500 12 3l2.500 2.500" class="stroke" />,
  spin: <path d="M13.500 8A5.500 5.500 0 1 1 11 3.400M11.500.500v3.500H8" class="stroke" />,
  octagon: (
    <path
      fill-rule="evenodd"
      d="M5.100 1h5.800L15 5.100v5.800L10.900 15H5.100L1 10.900V5.100zM7.100 4v5h1.800V4zm0 6.400v1.800h1.800v-1.800z"
    />
  ),
  triangle: (
    <path
      fill-rule="evenodd"
      d="M8 1.200 15.500 14.500H.500zM7.100 5.800v4.400h1.800V5.800zm0 5.500v1.800h1.800v-1.800z"
    />
  ),
  pause: <path d="M3.500 2.500h3v11h-3zM9.500 2.500h3v11h-3z" />,
  "crossed-circle": (
    <g class="stroke">
      <circle cx="8" cy="8" r="6" />
      <path d="m3.800 12.200 8.400-8.400" />
    </g>
  ),
  "dashed-circle": <circle cx="8" cy="8" r="6" class="stroke" stroke-dasharray="2.500 2.200" />,
  "broken-link": (
    <path
      d="M6.500 4.500 8 3a3.200 3.200 0 0 1 4.700 4.700l-1.500 1.500M9.500 11.500 8 13a3.200 3.200 0 0 1-4.700-4.700l1.500-1.500M2 2l12 12"
      class="stroke"
    />
  ),
  swap: <path d="M2 5.500h11M10 2.500l3 3-3 3M14 10.500H3M6 7.500l-3 3 3 3" class="stroke" />,
  hidden: (
    <path
      d="M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8zM2.500 14l11-12"
      class="stroke"
    />
  ),
  clock: (
    <g class="stroke">
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.500V8l2.500 2" />
    </g>
  ),
  hourglass: (
    <path
      d="M3.500 2h9M3.500 14h9M4.500 2c0 4 3.500 4 3.500 6s-3.500 2-3.500 6M11.500 2c0 4-3.500 4-3.500 6s3.500 2 3.500 6"
      class="stroke"
    />
  ),
  question: <path d="M5 5.500a3 3 0 1 1 4.500 2.600C8.500 8.700 8 9.200 8 10.500M8 13v.500" class="stroke" />,
  check: <path d="m2.500 8.500 3.500 3.500 7.500-8" class="stroke" />,
  cross: <path d="m3 3 10 10M13 3 3 13" class="stroke" />,
  lock: (
    <g>
      <path d="M3 7h10v7.500H3z" />
      <path d="M5 7V5a3 3 0 0 1 6 0v2" class="stroke" />
    </g>
  ),
  info: (
    <path fill-rule="evenodd" d="M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zM7.100 7v5h1.800V7zm0-3v1.800h1.800V4z" />
  ),
  sun: (
    <g class="stroke">
      <circle cx="8" cy="8" r="3" />
      <path d="M8 .800v2M8 13.200v2M.800 8h2M13.200 8h2M3 3l1.300 1.300M11.700 11.700 13 13M13 3l-1.300 1.300M4.300 11.700 3 13" />
    </g>
  ),
  moon: <path d="M13.500 9.800A6 6 0 0 1 6.200 2.500a6 6 0 1 0 7.300 7.300z" class="stroke" />,
  screen: <path d="M1.500 2.500h13v8.500h-13zM5.500 14h5M8 11v3" class="stroke" />,
  bell: (
    <path
      d="M8 2a4 4 0 0 0-4 4c0 4-1.500 5-1.500 5.500h11C13.500 11 12 10 12 6a4 4 0 0 0-4-4zM6.500 13.500h3"
      class="stroke"
    />
  ),
  "bell-off": (
    <path
      d="M5 3.500A4 4 0 0 1 12 6c0 2 .400 3.300.800 4.200M11 11.500H2.500C2.500 11 4 10 4 6M6.500 13.500h3M2 2l12 12"
      class="stroke"
    />
  ),
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {SHAPES[name]}
    </svg>
  );
}
