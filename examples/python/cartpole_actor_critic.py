"""Plays CartPole with the actor-critic method: the environment behind `tf.numpy_function`, all else in graphs.

    python cartpole_actor_critic.py [--module brolga|tensorflow] [--episodes N] [--seed S] [--plot FILE.png]

Needs `brolga[examples]`. An episode is one call of a `tf.function`: a loop of turns in which the policy chooses, the environment
steps and `tf.TensorArray`s keep what happened; then the expected returns, the loss, its gradient and a step of Adam. It ends once
the mean reward of 100 episodes is above 475, or after N episodes.
"""

import argparse
import collections
import importlib
import statistics
import sys
import time

import gymnasium
import numpy as np
import tqdm

MAX_STEPS, ENOUGH, WINDOW = 500, 475, 100
GAMMA, RATE, HIDDEN = 0.99, 0.01, 128


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--module", choices=["brolga", "tensorflow"], default="brolga")
    parser.add_argument("--episodes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--plot", metavar="FILE", help="where to write the rewards as a PNG")
    return parser.parse_args()


chosen = options()
tf = importlib.import_module(chosen.module)
tf.config.optimizer.set_jit("autoclustering")

env = gymnasium.make("CartPole-v1", disable_env_checker=True)


class Dense(tf.Module):
    """A layer: inputs times weights, plus biases."""

    def __init__(self, inputs, outputs, activation=None):
        super().__init__()
        limit = (6 / (inputs + outputs)) ** 0.5
        self.weights = tf.Variable(tf.random.uniform([inputs, outputs], -limit, limit))
        self.biases = tf.Variable(tf.zeros([outputs]))
        self.activation = activation

    def __call__(self, x):
        y = tf.matmul(x, self.weights) + self.biases
        return y if self.activation is None else self.activation(y)


class ActorCritic(tf.Module):
    """One hidden layer under two heads: what to do, and what it is worth."""

    def __init__(self, observations, actions):
        super().__init__()
        self.common = Dense(observations, HIDDEN, tf.nn.relu)
        self.actor = Dense(HIDDEN, actions)
        self.critic = Dense(HIDDEN, 1)

    def __call__(self, state):
        hidden = self.common(state)
        return self.actor(hidden), self.critic(hidden)


def env_step(action):
    state, reward, terminated, truncated, _ = env.step(int(action))
    return state, np.float32(reward), np.bool_(terminated or truncated)


def run_episode(state, model):
    """How many turns an episode took, and for each turn: what the action's chance was, what the critic said, the reward."""

    def goes_on(step, done, *_):
        return tf.logical_and(step < MAX_STEPS, tf.logical_not(done))

    def turn(step, done, state, chances, values, rewards):
        logits, value = model(tf.expand_dims(state, 0))
        action = tf.random.categorical(logits, 1)[0, 0]
        chances = chances.write(step, tf.nn.softmax(logits)[0, action])
        values = values.write(step, value[0, 0])
        state, reward, done = tf.numpy_function(env_step, [action], [tf.float32, tf.float32, tf.bool])
        state, reward, done = tf.ensure_shape(state, [4]), tf.ensure_shape(reward, []), tf.ensure_shape(done, [])
        return step + 1, done, state, chances, values, rewards.write(step, reward)

    arrays = [tf.TensorArray(tf.float32, size=MAX_STEPS, element_shape=[]) for _ in range(3)]
    steps, _, _, *arrays = tf.while_loop(goes_on, turn, [tf.constant(0), tf.constant(False), state, *arrays])
    return steps, *(array.stack() for array in arrays)


def expected_returns(steps, played, rewards):
    """The discounted sum of the rewards from each turn on, standardised; zeros for turns that were not played."""

    def turn(step, total, returns):
        total = rewards[step] + GAMMA * total
        return step - 1, total, returns.write(step, total)

    returns = tf.TensorArray(tf.float32, size=MAX_STEPS, element_shape=[])
    _, _, returns = tf.while_loop(lambda step, *_: step >= 0, turn, [steps - 1, tf.constant(0.0), returns])
    returns, count = returns.stack(), tf.cast(steps, tf.float32)
    apart = (returns - tf.reduce_sum(returns) / count) * played
    return tf.stop_gradient(apart / (tf.sqrt(tf.reduce_sum(apart * apart) / count) + np.finfo(np.float32).eps))


def loss_of(steps, chances, values, rewards):
    played = tf.cast(tf.range(MAX_STEPS) < steps, tf.float32)
    returns = expected_returns(steps, played, rewards)
    actor = -tf.reduce_sum(tf.math.log(chances + (1 - played)) * (returns - values))
    critic = tf.losses.Huber(reduction="sum")(tf.expand_dims(returns, 1), tf.expand_dims(values, 1))
    return actor + critic


def main():
    tf.random.set_seed(chosen.seed)
    model, optimizer = ActorCritic(4, 2), tf.optimizers.Adam(learning_rate=RATE)
    variables = model.trainable_variables

    @tf.function
    def train_step(state):
        with tf.GradientTape() as tape:
            steps, chances, values, rewards = run_episode(state, model)
            loss = loss_of(steps, chances, values, rewards)
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return tf.reduce_sum(rewards), loss

    state, _ = env.reset(seed=chosen.seed)
    train_step.get_concrete_function(tf.TensorSpec([4], tf.float32))
    rewards, running = [], collections.deque(maxlen=WINDOW)
    begin = time.perf_counter()
    with tqdm.trange(chosen.episodes, file=sys.stderr, mininterval=0.5) as episodes:
        for episode in episodes:
            if episode:
                state, _ = env.reset()
            reward, loss = train_step(state)
            if not np.isfinite(float(loss)):
                sys.exit(f"the loss of episode {episode} is {float(loss)}")
            rewards.append(float(reward))
            running.append(rewards[-1])
            mean = statistics.fmean(running)
            episodes.set_postfix(reward=rewards[-1], mean=f"{mean:.1f}", refresh=False)
            if len(running) == WINDOW and mean >= ENOUGH:
                break
    seconds = time.perf_counter() - begin
    if chosen.plot:
        plot(rewards)
    print(f"episodes {len(rewards)} reward {statistics.fmean(running):.2f} seconds {seconds:.2f}")


def plot(rewards):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    means = [statistics.fmean(rewards[max(0, k - WINDOW + 1) : k + 1]) for k in range(len(rewards))]
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    axes.plot(rewards, color="#9db8d2", linewidth=0.8, label="reward")
    axes.plot(means, color="#1f4e79", label=f"mean of {WINDOW} episodes")
    axes.axhline(ENOUGH, color="#888888", linewidth=0.8, linestyle="--")
    axes.set(xlabel="episode", ylabel="reward", title=f"CartPole-v1, actor and critic, {chosen.module}")
    axes.legend()
    figure.savefig(chosen.plot, dpi=150)


if __name__ == "__main__":
    main()

# episodes 20 reward
