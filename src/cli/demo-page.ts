/** The page of the demo: one document, nothing from elsewhere; it talks to `/ws`, `/events` and `/stats` beside it. */
export const demoPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>toyou-proxy demo</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<style>
  :root { color-scheme: light dark; --ink: #1b2330; --soft: #5a6675; --page: #f4f6f9; --card: #fff; --line: #d7dde5; --accent: #0b63ce; --good: #14783c; --bad: #b3261e; }
  @media (prefers-color-scheme: dark) { :root { --ink: #e8edf4; --soft: #9aa7b8; --page: #10151c; --card: #18202a; --line: #2c3846; --accent: #6cb0ff; --good: #62d28d; --bad: #ff8a80; } }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
  main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 3rem; }
  h1 { font-size: 1.5rem; margin: 0; }
  h2 { font-size: 1rem; margin: 0 0 .75rem; }
  p { margin: .25rem 0 1.5rem; color: var(--soft); }
  section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin-bottom: 1rem; }
  code { font-family: ui-monospace, monospace; font-size: .9em; }
  time { font: 600 2.25rem/1.2 ui-monospace, monospace; font-variant-numeric: tabular-nums; }
  form { display: flex; gap: .5rem; margin-bottom: 1rem; }
  label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  input { flex: 1; min-width: 0; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem; }
  button { font: inherit; font-weight: 600; color: var(--card); background: var(--accent); border: 0; border-radius: .5rem; padding: .5rem 1.1rem; cursor: pointer; }
  button:disabled { opacity: .5; cursor: default; }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  ol { list-style: none; margin: 0; padding: 0; max-height: 18rem; overflow: auto; font-family: ui-monospace, monospace; font-size: .9rem; }
  li { padding: .2rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
  li b { color: var(--soft); font-weight: 400; margin-right: .5rem; }
  .state { float: right; font-size: .85rem; color: var(--soft); }
  .state.open { color: var(--good); }
  .state.closed { color: var(--bad); }
  dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .5rem; margin: 0; }
  dt { font-size: .85rem; color: var(--soft); }
  dd { margin: 0; font: 600 1.25rem ui-monospace, monospace; font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<main>
  <h1>toyou-proxy</h1>
  <p>This page, the socket, the events and the numbers below all come through the proxy.</p>

  <section aria-labelledby="socket-title">
    <span class="state" id="socket-state" role="status">connecting</span>
    <h2 id="socket-title">WebSocket <code>/ws</code></h2>
    <form id="form">
      <label for="text">Message</label>
      <input id="text" autocomplete="off" placeholder="Say something" required>
      <button id="send" disabled>Send</button>
    </form>
    <ol id="messages" role="log" aria-label="Messages" tabindex="0"></ol>
  </section>

  <section aria-labelledby="clock-title">
    <span class="state" id="clock-state" role="status">connecting</span>
    <h2 id="clock-title">Server-Sent Events <code>/events</code></h2>
    <time id="clock">--:--:--</time>
  </section>

  <section aria-labelledby="stats-title">
    <h2 id="stats-title">The echo server's numbers <code>/stats</code></h2>
    <dl>
      <div><dt>open sockets</dt><dd id="open">0</dd></div>
      <div><dt>sockets so far</dt><dd id="total">0</dd></div>
      <div><dt>messages</dt><dd id="count">0</dd></div>
      <div><dt>bytes</dt><dd id="bytes">0</dd></div>
    </dl>
  </section>
</main>
<script>
  'use strict';
  const element = (id) => document.getElementById(id);

  function show(id, state, text) {
    element(id).className = 'state ' + state;
    element(id).textContent = text;
  }

  function addMessage(mark, text) {
    const line = document.createElement('li');
    const sign = document.createElement('b');
    sign.textContent = mark;
    line.append(sign, text);
    element('messages').prepend(line);
    while (element('messages').children.length > 100) element('messages').lastChild.remove();
  }

  let socket;
  function connect() {
    socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws');
    socket.onopen = () => {
      show('socket-state', 'open', 'open');
      element('send').disabled = false;
      readNumbers();
    };
    socket.onmessage = (event) => {
      addMessage('\\u2190', event.data);
      readNumbers();
    };
    socket.onclose = (event) => {
      const reason = event.reason === '' ? '' : ' ' + event.reason;
      show('socket-state', 'closed', 'closed with ' + event.code + reason + ', trying again');
      element('send').disabled = true;
      setTimeout(connect, 1000);
    };
  }

  element('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const input = element('text');
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(input.value);
    addMessage('\\u2192', input.value);
    input.value = '';
    input.focus();
  });

  const events = new EventSource('/events');
  events.onopen = () => show('clock-state', 'open', 'open');
  events.onerror = () => show('clock-state', 'closed', 'closed, trying again');
  events.onmessage = (event) => {
    const now = new Date(JSON.parse(event.data).time);
    element('clock').dateTime = now.toISOString();
    element('clock').textContent = now.toLocaleTimeString();
  };

  async function readNumbers() {
    try {
      const numbers = await (await fetch('/stats')).json();
      element('open').textContent = numbers.connections.open;
      element('total').textContent = numbers.connections.total;
      element('count').textContent = numbers.messages.text + numbers.messages.binary;
      element('bytes').textContent = numbers.bytes;
    } catch {
      // The states above say that the proxy is gone.
    }
  }

  connect();
</script>
</body>
</html>
`;
