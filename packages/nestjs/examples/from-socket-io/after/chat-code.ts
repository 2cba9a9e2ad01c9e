/** What the server and its pages say to each other: the names that were events. */
export const ChatCode = {
  Beat: 1000,
  Join: 1001,
  Say: 1002,
  Typing: 1003,
  Whisper: 1004,
  Said: 2002,
  Whispered: 2004,
  Left: 2005,
} as const;
