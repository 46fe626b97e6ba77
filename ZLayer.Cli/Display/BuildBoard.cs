using ZLayer.Core.Builds.Events;
using ZLayer.Core.Errors;

namespace ZLayer.Cli.Display;

/// <summary>The state of a build as a picture: its steps with their times, the last output of those that run, and transfers.</summary>
internal sealed class BuildBoard(Func<DateTimeOffset> clock)
{
    private const int OutputLines = 6;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Row> _rows = new(StringComparer.Ordinal);
    private readonly List<Row> _order = [];
    private readonly List<string> _warnings = [];
    private DateTimeOffset? _started;
    private DateTimeOffset? _ended;
    private int _total;
    private bool _failed;

    public void Apply(BuildEvent happened)
    {
        lock (_lock)
        {
            _started ??= happened.Time;
            switch (happened)
            {
                case BuildStarted e:
                    _total = e.TotalInstructions;
                    break;
                case InstructionStarted e:
                    Start(StepKey(e.Step), $"[{e.Title}] {e.Instruction}", e.Time, isStep: true);
                    break;
                case InstructionOutput e:
                    Find(StepKey(e.Step))?.Say(e.Line);
                    break;
                case InstructionProgress e:
                    Find(StepKey(e.Step))?.Move(e.Status, e.Current, e.Total);
                    break;
                case InstructionCompleted e:
                    Find(StepKey(e.Step))?.Finish(e.Cached, e.Duration);
                    break;
                case ExportStarted e:
                    Start(e.Name, e.Name, e.Time, isStep: false);
                    break;
                case ExportProgress e:
                    Find(e.Name)?.Move(e.Transfer.Id + " " + TransferBoard.Word(e.Transfer.Status), e.Transfer.Current, e.Transfer.Total);
                    break;
                case ExportCompleted e:
                    Find(e.Name)?.Finish(cached: false, e.Duration);
                    break;
                case BuildWarning e:
                    _warnings.Add(e.ToString());
                    break;
                case BuildCompleted e:
                    _ended = e.Time;
                    break;
                case BuildFailed e:
                    _ended = e.Time;
                    _failed = true;
                    break;
            }
        }
    }

    /// <summary>At most <paramref name="rows"/> lines; finished steps are left out first, oldest first.</summary>
    public IReadOnlyList<DisplayLine> Draw(int rows)
    {
        lock (_lock)
        {
            var lines = _order.Select(row => (row.IsFinished, Lines: row.Draw(_ended ?? clock(), _failed && _ended is not null))).ToList();
            var spare = lines.Sum(l => l.Lines.Count) + 1 + _warnings.Count - rows;
            var kept = new List<DisplayLine> { Heading() };
            foreach (var (finished, block) in lines)
            {
                if (finished && spare > 0)
                {
                    spare -= block.Count;
                    continue;
                }

                kept.AddRange(block);
            }

            kept.AddRange(_warnings.Select(w => new DisplayLine(" " + w, LineStyle.Warning)));
            return kept.Count <= rows ? kept : [kept[0], .. kept.TakeLast(rows - 1)];
        }
    }

    private static string StepKey(int step) => $"#{step}";

    private DisplayLine Heading()
    {
        var duration = (_ended ?? clock()) - (_started ?? clock());
        var word = _ended is null ? "Building" : _failed ? "Failed after" : "Built in";
        return new DisplayLine(
            $"{word} {Texts.Seconds(duration)} ({_order.Count(r => r.IsStep && r.IsFinished)}/{_total} steps)", LineStyle.Heading);
    }

    private void Start(string key, string title, DateTimeOffset time, bool isStep)
    {
        var row = new Row(title, time, isStep);
        _rows[key] = row;
        _order.Add(row);
    }

    private Row? Find(string key) => _rows.GetValueOrDefault(key);

    private sealed class Row(string title, DateTimeOffset started, bool isStep)
    {
        private readonly Queue<string> _output = [];
        private string? _transfer;
        private TimeSpan? _duration;
        private bool _cached;

        public bool IsStep => isStep;

        public bool IsFinished => _duration is not null;

        public void Say(string line)
        {
            _output.Enqueue(DisplayText.Output(line));
            if (_output.Count > OutputLines)
            {
                _output.Dequeue();
            }
        }

        public void Move(string status, long current, long? total)
            => _transfer = total is { } all ? $"{status} {Texts.Size(current)}/{Texts.Size(all)}" : $"{status} {Texts.Size(current)}";

        public void Finish(bool cached, TimeSpan duration)
        {
            _cached = cached;
            _duration = duration;
        }

        public List<DisplayLine> Draw(DateTimeOffset now, bool hasFailed)
        {
            var time = Texts.Seconds(_duration ?? now - started);
            if (IsFinished)
            {
                return [new DisplayLine($" => {(_cached ? "CACHED " : "")}{title}", _cached ? LineStyle.Cached : LineStyle.Done, time)];
            }

            var lines = new List<DisplayLine> { new($" => {title}", hasFailed ? LineStyle.Failed : LineStyle.Running, time) };
            if (_transfer is not null)
            {
                lines.Add(new DisplayLine($" => => {_transfer}", LineStyle.Dim));
            }

            lines.AddRange(_output.Select(line => new DisplayLine($" => => {line}", LineStyle.Dim)));
            return lines;
        }
    }
}
