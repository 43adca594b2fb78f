"""Programs that run on every Python from 2.7: one writes pickles, one loads them."""

WRITE = r"""
import sys, json, base64, re, warnings, signal
warnings.simplefilter("ignore")
try:
    import cPickle as pickle
except ImportError:
    import pickle
signal.alarm(120)
lines = json.loads(base64.b64decode(sys.stdin.read()).decode("utf-8"))
out = []
for text in lines:
    names = {}
    try:
        for dotted in sorted(set(re.findall(r"\b[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*\.", text))):
            parts = dotted.rstrip(".").split(".")
            for n in range(1, len(parts) + 1):
                try:
                    names[parts[0]] = __import__(parts[0])
                    __import__(".".join(parts[:n]))
                except ImportError:
                    break
        value = eval(text, names)
        protocols = [2, pickle.HIGHEST_PROTOCOL]
        protocols.append(0 if sys.version_info[0] == 2 else pickle.DEFAULT_PROTOCOL)
        for protocol in sorted(set(protocols)):
            blob = pickle.dumps(value, protocol)
            out.append([text, protocol, base64.b64encode(blob).decode("ascii")])
    except Exception:
        continue
sys.__stdout__.write(json.dumps(out))
"""

READ = r"""
import sys, json, base64, os, warnings, signal
warnings.simplefilter("ignore")
try:
    import cPickle as pickle
except ImportError:
    import pickle
signal.alarm(300)
out = []
keep, hidden = os.dup(1), os.open(os.devnull, os.O_WRONLY)
os.dup2(hidden, 1)
os.dup2(hidden, 2)
for blob in json.loads(base64.b64decode(sys.stdin.read()).decode("utf-8")):
    try:
        pickle.loads(base64.b64decode(blob))
        out.append("")
    except BaseException as error:
        out.append(type(error).__name__)
os.write(keep, json.dumps(out).encode("ascii"))
"""
