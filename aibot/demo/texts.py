"""Fixed words of the demo model: what it can do, samples of code, and a text long enough to stop."""

import re

ABILITIES = """\
I am the built-in demo model. I run on this server, call nobody, and answer from the messages in front of me. Try:

- **Who said what**: “who mentioned the launch?”, “what did {name} say?”, “how many messages?”
- **Catch up**: “summarise”
- **Things to look at**: “show me a table”, “a list”, “some code”, “a formula”, “what is 12 × 12?”
- **Stop**: “count to 200” or “something long”, then press Stop
- **Several people at once**: ask while I am still writing, and I answer everyone in one go"""

CANNOT_THINK = (
    "That is beyond a demo model, but this was said here about it:",
    "I cannot judge that. What I can do is point to what was said:",
    "I have no opinion of my own. The room has something on it:",
)

PYTHON = """\
messages = {data}

for name, number in sorted(messages.items(), key=lambda item: -item[1]):
    print(f"{{name}}: {{number}}")
print("total:", sum(messages.values()))"""

JAVASCRIPT = """\
const messages = {data};
const total = Object.values(messages).reduce((sum, n) => sum + n, 0);
console.log(`${{total}} messages`);"""

SQL = """\
SELECT author, count(*) AS messages
FROM message
GROUP BY author
ORDER BY messages DESC; -- {total} in all"""

BASH = """\
for i in $(seq 1 {total}); do
  echo "message $i"
done"""

HTML = """\
<p>
  <strong>{total}</strong> messages so far
</p>"""

SNIPPETS = {"python": PYTHON, "javascript": JAVASCRIPT, "sql": SQL, "bash": BASH, "html": HTML}

LONG = """\
### 1. A place in the log

Every message in a room takes the next number. Numbers never change and leave no gaps, so a link to a message leads to
the same place for ever, and nobody can slip a message in between two others.

### 2. One message, one shape

Whatever happens to a message later, an edit, a deletion or the end of an answer like this one, it is sent again as a
whole. A screen that missed something asks for what changed since, and is right again.

### 3. Word by word

While I write, everybody in the room sees the same words grow. Finished paragraphs are frozen; only the open one is sent
again. Open this room in a second browser now: the half-written text is there, and it goes on.

### 4. Stop

You need not wait for the end. Press Stop: the text stays as far as it came, the connection to the model is closed, and
I notice that and stop writing. Retry asks again.

### 5. Who is who

I am told by the server who wrote what, by a seat that no display name can imitate. So I can say who said something,
quote it, and point to it by its number, and I leave alone what I was not given.

### 6. Only this room

I see the messages that were sent to me with your question and nothing else: no other room, no e-mail address, no
deleted message. What is deleted is gone from the next question on.

### 7. A real model

I am small: I count, quote, calculate and rearrange, and I call nobody. With a key, or the address of any server that
speaks the same protocol, a real model takes my seat, and all around it stays as it is."""

# Chats show every line break, so a paragraph must be one line.
LONG = re.sub(r"(?<!\n)\n(?!\n)", " ", LONG)

STOPWORDS = """
a about above after again all also am an and any anybody anyone are as ask asked at be been before but by can could day
did do does find for from get give go had has have having he hello help her here him his how i if in into is it its just
know let like look lot make me message messages mention mentioned more most much my no not now of off often ok on one or
our out people please room said saw say says search see she should show so some somebody someone talk tell than that the
their them then there these they think this those to told up us wanted was we were what when where which who whom whose
why will with would write wrote yes you your"""
