import './workers.js';
import 'graphiql/style.css';
import './style.css';

import { GraphiQL } from 'graphiql';
import { useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';

import { createFetcher } from './api.js';
import { forget, resume, signIn } from './session.js';

function SignIn({ problem, onToken }) {
  const [text, setText] = useState('');
  const [error, setError] = useState(problem);
  async function submit(event) {
    event.preventDefault();
    try {
      onToken(await signIn(text));
    } catch (failure) {
      setError(failure.message);
    }
  }
  return (
    <form className="sign-in" onSubmit={submit}>
      <h1>Portable Command Center</h1>
      <p>
        <code>pcc-server token create --name NAME --scope admin</code> prints a token; a paired device can make a pairing link.
      </p>
      <label htmlFor="token">Pairing link or token</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        autoFocus
        required
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit">Sign in</button>
      {error && <p role="alert">{error}</p>}
    </form>
  );
}

function Explorer({ token, onForget }) {
  const fetcher = useMemo(() => createFetcher(token), [token]);
  return (
    <GraphiQL fetcher={fetcher} defaultEditorToolsVisibility="variables">
      <GraphiQL.Logo>
        <button type="button" className="forget" onClick={onForget}>
          Forget token
        </button>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

function App({ token: first, problem }) {
  const [token, setToken] = useState(first);
  function onForget() {
    forget();
    setToken(null);
  }
  return token ? <Explorer token={token} onForget={onForget} /> : <SignIn problem={problem} onToken={setToken} />;
}

// A pairing link opened in a tab that shows this page already changes the fragment only.
addEventListener('hashchange', () => location.reload());

const root = createRoot(document.getElementById('root'));
try {
  root.render(<App token={await resume()} />);
} catch (failure) {
  root.render(<App problem={failure.message} />);
}
