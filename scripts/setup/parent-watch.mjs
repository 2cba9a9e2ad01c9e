const INTERVAL_MS = 500;

/**
 * Ends this process as SIGTERM would when the one that started it is gone.
 *
 * npm and Nest's command line run `sh -c "node …"` and pass SIGTERM on to that shell alone. Where the shell replaces
 * itself by its last command (bash), Node receives it. Debian's does not: it dies, and the server would live on and
 * hold the port. Such an orphan gets another parent, or on Windows keeps the number of one that no longer exists.
 */
export function watchParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (isAlive(parent)) return;
    clearInterval(timer);
    // Raised rather than sent: process.kill() on Windows ends a process without running its listeners.
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(143);
  }, INTERVAL_MS);
  timer.unref();
}

function isAlive(parent) {
  if (process.platform !== 'win32') return process.ppid === parent;
  try {
    return process.kill(parent, 0);
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
