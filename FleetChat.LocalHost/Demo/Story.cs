using System.Globalization;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.WhatsApp;
using Spectre.Console;

namespace FleetChat.LocalHost.Demo;

/// <summary>Tells the day as it happens: what goes on across the width, the companies' chats side by side below it.</summary>
public sealed class Story
{
    private const int NarrowestColumn = 30;
    private const int WidthWithoutTerminal = 120;
    private static readonly string[] Colours = ["deepskyblue1", "orange1", "springgreen2"];
    private readonly IAnsiConsole _console;
    private readonly HashSet<string> _told = [];
    private IReadOnlyList<Company> _companies = [];

    public Story(IAnsiConsole console)
    {
        _console = console;
        if (!console.Profile.Out.IsTerminal) console.Profile.Width = WidthWithoutTerminal;
    }

    /// <summary>Nobody listens.</summary>
    public static Story Untold() => new(AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(TextWriter.Null), Ansi = AnsiSupport.No }));

    public void Open() => _console.MarkupLine("[bold]FleetChat[/]: three companies with forty drivers, their day, the week after and the month's end. Postgres, the host and the simulators start …");

    internal void Begin(IReadOnlyList<Company> companies)
    {
        _companies = companies;
        _console.WriteLine();
        Row([.. companies.Select((company, index) => $"[bold {Colours[index]}]{Markup.Escape(company.Name)}[/]")]);
    }

    internal void Tell(DateTimeOffset now, string what)
        => _console.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"[grey]{TimeZoneInfo.ConvertTime(now, DayClock.Zone):HH:mm}[/] [italic]{Markup.Escape(what)}[/]"));

    /// <summary>What is new in the chats, each in its company's column; of most drivers only how much it is.</summary>
    internal void TellChats(IEnumerable<ChatView> chats)
    {
        var news = (from chat in chats
                    let column = _companies.Select((company, index) => (company, index)).Where(c => c.company.NumberId == chat.NumberId).Select(c => (int?)c.index).FirstOrDefault()
                    where column is not null
                    from message in chat.Messages
                    where _told.Add(message.Wamid)
                    orderby message.At
                    select new News(column.Value, chat, message)).ToList();
        foreach (var (column, chat, message) in news.Where(IsShown)) Row(Cells(column, Line(chat, message, Colours[column])));
        foreach (var column in news.Where(n => !IsShown(n)).GroupBy(n => n.Column).OrderBy(g => g.Key)) Row(Cells(column.Key, Sum([.. column])));
    }

    /// <param name="took">Real time.</param>
    public void Close(DayOutcome outcome, TimeSpan took)
    {
        _console.WriteLine();
        var table = new Table().Border(TableBorder.Rounded).AddColumn("Expectation").AddColumn(new TableColumn("").Centered());
        foreach (var result in outcome.Results)
        {
            var text = Markup.Escape(result.Expectation) + (result.Fault is { } fault ? $"\n[red]{Markup.Escape(fault)}[/]" : "");
            table.AddRow(text, result.Fault is null ? "[green]✓[/]" : "[red]✗[/]");
        }
        _console.Write(table);
        foreach (var company in outcome.Companies)
            _console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{company.TenantId}: {company.Events} events, {company.Messages} messages, {company.Lost} lost, {company.DuplicatesSent} sent twice"));
        _console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Played in {took.TotalSeconds:F0} s."));
        _console.MarkupLine(outcome.Failed.Count == 0
            ? string.Create(CultureInfo.InvariantCulture, $"[green]All {outcome.Results.Count} expectations hold.[/]")
            : string.Create(CultureInfo.InvariantCulture, $"[red]{outcome.Failed.Count} of {outcome.Results.Count} expectations failed.[/]"));
    }

    private bool IsShown(News news) => !_companies[news.Column].Roster.Any(driver => driver.Phone == news.Chat.User && !Cast.Shown.Contains(driver.Name));

    private IReadOnlyList<string> Cells(int column, string text) => [.. _companies.Select((_, index) => index == column ? text : "")];

    private static string Sum(IReadOnlyList<News> news)
    {
        var (told, answered, drivers) = (news.Count(n => n.Message.From == "business"), news.Count(n => n.Message.From != "business"), news.Select(n => n.Chat.User).Distinct().Count());
        return string.Create(CultureInfo.InvariantCulture, $"[grey]{drivers} more drivers: {told} messages, {answered} answers[/]");
    }

    private static string Line(ChatView chat, ChatMessageView message, string colour)
    {
        var buttons = message.Buttons.Count > 0 ? $" [grey]{Markup.Escape(string.Join(" ", message.Buttons.Select(button => $"[{button}]")))}[/]" : "";
        var who = message.From == "business" ? $"→ {chat.UserName}" : $"{chat.UserName} →";
        return $"[{colour}]{Markup.Escape(who)}[/] {Markup.Escape(message.Text)}{buttons}";
    }

    private void Row(IReadOnlyList<string> cells)
    {
        var width = Math.Max(NarrowestColumn, (_console.Profile.Width / Math.Max(1, cells.Count)) - 2);
        var grid = new Grid();
        foreach (var _ in cells) grid.AddColumn(new GridColumn().Width(width).PadLeft(0).PadRight(2));
        grid.AddRow([.. cells.Select(cell => (Spectre.Console.Rendering.IRenderable)new Markup(cell))]);
        _console.Write(grid);
    }

    private sealed record News(int Column, ChatView Chat, ChatMessageView Message);
}
