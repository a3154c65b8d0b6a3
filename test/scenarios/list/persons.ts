/** Scenarios in which something waits for a person, or the turn is over. */
import type { Scenario } from "../scenario.ts";

const PERSON = { causes: ["person"], right: ["waiting_for_person"] } as const;
/** For a run without any records, a dialog before its first task and a prompt for it look the same. */
const NOT_BEGUN = { causes: ["person"], right: ["waiting_for_person", "at_rest"] } as const;
const AT_REST = { truth: "at_rest", causes: ["person"], right: ["at_rest"] } as const;

export const PERSONS: readonly Scenario[] = [
  {
    name: "prompt-quiet",
    truth: "person",
    ...NOT_BEGUN,
    needs: ["python3"],
    why: "a permission prompt in raw mode on a terminal",
    start: async (stage) => ({ pid: await stage.agentOnTerminal("prompt") }),
  },
  {
    name: "prompt-blink",
    truth: "person",
    ...NOT_BEGUN,
    needs: ["python3"],
    why: "the same with a cursor that blinks twice a second",
    start: async (stage) => ({ pid: await stage.agentOnTerminal("blinking-prompt") }),
  },
  {
    name: "prompt-connected",
    truth: "person",
    ...NOT_BEGUN,
    needs: ["python3"],
    why: "a prompt while a kept-alive connection pings: codex and opencode keep theirs open",
    start: async (stage) => ({ pid: await stage.agentOnTerminal("connected-prompt", stage.peers.web) }),
  },
  {
    name: "prompt-in-turn",
    truth: "person",
    ...PERSON,
    needs: ["python3"],
    why: "a permission prompt after the run recorded tokens",
    start: async (stage) => ({ pid: await stage.agentOnTerminal("prompt"), tokens: 1_200 }),
  },
  {
    name: "prompt-in-turn-connected",
    truth: "person",
    ...PERSON,
    needs: ["python3"],
    why: "the same with a kept-alive connection that pings",
    start: async (stage) => ({
      pid: await stage.agentOnTerminal("connected-prompt", stage.peers.web),
      tokens: 1_200,
    }),
  },
  {
    name: "prompt-bash",
    truth: "person",
    ...PERSON,
    needs: ["python3"],
    why: "`read -p` of bash on a terminal",
    start: async (stage) => ({
      pid: await stage.onTerminal("bash", "-c", "read -p 'Allow? [y/N] ' x; echo $x"),
    }),
  },
  {
    name: "rest-quiet",
    ...AT_REST,
    needs: ["python3"],
    why: "the turn is over, and the interface waits for the next prompt",
    start: async (stage) => ({ pid: await stage.agentOnTerminal("at-rest") }),
  },
  {
    name: "rest-connected",
    ...AT_REST,
    short: true,
    needs: ["python3"],
    why: "the same, and a kept-alive connection pings",
    start: async (stage) => ({ pid: await stage.agentOnTerminal("connected-at-rest", stage.peers.web) }),
  },
  {
    name: "rest-clock",
    ...AT_REST,
    needs: ["python3"],
    why: "the same, and the interface shows the time",
    start: async (stage) => ({ pid: await stage.agentOnTerminal("at-rest-with-clock") }),
  },
  {
    name: "tool-git-password",
    truth: "stuck",
    ...PERSON,
    names: "git",
    needs: ["python3", "git"],
    why: "git clone asks for a user name on /dev/tty (google-gemini/gemini-cli #24707)",
    start: async (stage) => ({
      pid: await stage.onTerminal(
        "env",
        ...["-u", "GIT_ASKPASS", "-u", "GIT_TERMINAL_PROMPT"],
        ...stage.agentCommand("tool-on-terminal", "git", "clone"),
        ...[`http://127.0.0.1:${stage.peers.web}/git/x.git`, `${stage.folder}/clone`],
      ),
    }),
  },
  {
    name: "tool-ssh-keygen",
    truth: "stuck",
    ...PERSON,
    names: "ssh-keygen",
    needs: ["python3", "ssh-keygen"],
    why: "ssh-keygen asks for a passphrase on /dev/tty",
    start: async (stage) => ({
      pid: await stage.agentOnTerminal(
        "tool-on-terminal",
        ...["ssh-keygen", "-t", "ed25519", "-f", `${stage.folder}/key`],
      ),
    }),
  },
  {
    name: "tool-editor",
    truth: "stuck",
    ...PERSON,
    names: "vi",
    needs: ["python3", "vi"],
    why: "git commit opens an editor on /dev/tty (earendil-works/pi #9936: 77 minutes)",
    start: async (stage) => ({
      pid: await stage.agentOnTerminal("tool-on-terminal", "vi", `${stage.folder}/COMMIT_EDITMSG`),
    }),
  },
  {
    name: "tool-pager",
    truth: "stuck",
    ...PERSON,
    names: "less",
    needs: ["python3", "less"],
    why: "git log opens a pager (google-gemini/gemini-cli #13590)",
    start: async (stage) => ({
      pid: await stage.agentOnTerminal("tool-on-terminal", "less", "/etc/services"),
    }),
  },
];
