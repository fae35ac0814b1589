using System.Globalization;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>The short sentences that drivers get back, in their languages. Sent as free text, inside the window that their own message opened.</summary>
public static class AnswerTexts
{
    public const string Done = "done";
    public const string DoneLast = "done_last";
    public const string Arrived = "arrived";
    public const string Accepted = "accepted";
    public const string Declined = "declined";
    public const string Told = "told";
    public const string Late = "late";
    public const string TooLate = "too_late";
    public const string PagesOne = "pages_one";
    public const string PagesMany = "pages_many";
    public const string AtStop = "at_stop";
    public const string AskKind = "ask_kind";
    public const string ChooseKind = "choose_kind";

    private static readonly string[] Languages = ["en", "es", "fr"];

    private static readonly Dictionary<string, string[]> Texts = new()
    {
        [Done] = ["Noted: done at {0}. Next: {1}.", "Anotado: terminado en {0}. Siguiente: {1}.", "Noté : terminé à {0}. Ensuite : {1}."],
        [DoneLast] = ["Noted: done at {0}. That was the last stop.", "Anotado: terminado en {0}. Era la última parada.", "Noté : terminé à {0}. C'était le dernier arrêt."],
        [Arrived] = ["Noted: you are at {0}.", "Anotado: estás en {0}.", "Noté : vous êtes à {0}."],
        [Accepted] = ["Noted: you take {0}.", "Anotado: aceptas {0}.", "Noté : vous acceptez {0}."],
        [Declined] = ["Noted: you do not take {0}. Dispatch was told.", "Anotado: no aceptas {0}. Ya avisamos a despacho.", "Noté : vous n'acceptez pas {0}. La répartition est prévenue."],
        [Told] = ["Dispatch was told.", "Ya avisamos a despacho.", "La répartition est prévenue."],
        [Late] = ["Noted: you are late. Dispatch sees it.", "Anotado: vas tarde. Despacho lo ve.", "Noté : vous êtes en retard. La répartition le voit."],
        [TooLate] = ["Too late: {0} is over or has changed. Nothing was noted.", "Demasiado tarde: {0} ya terminó o cambió. No se anotó nada.", "Trop tard : {0} est terminé ou a changé. Rien n'a été noté."],
        [PagesOne] = ["Received: 1 page", "Recibido: 1 página", "Reçu : 1 page"],
        [PagesMany] = ["Received: {0} pages", "Recibido: {0} páginas", "Reçu : {0} pages"],
        [AtStop] = ["stop {0}", "parada {0}", "arrêt {0}"],
        [AskKind] = ["What paper is it?", "¿Qué documento es?", "De quel document s'agit-il ?"],
        [ChooseKind] = ["Choose", "Elegir", "Choisir"],
        [KeyOf(PaperKind.Pod)] = ["POD", "POD", "POD"],
        [KeyOf(PaperKind.Bol)] = ["BOL", "BOL", "BOL"],
        [KeyOf(PaperKind.Receipt)] = ["Receipt", "Recibo", "Reçu"],
        [KeyOf(PaperKind.Other)] = ["Other", "Otro", "Autre"],
    };

    /// <summary>Every text there is, by key and language.</summary>
    public static IEnumerable<(string Key, string Language, string Text)> All
        => Texts.SelectMany(t => t.Value.Select((text, index) => (t.Key, Languages[index], text)));

    /// <param name="language">English where it is none of ours.</param>
    public static string Get(string key, string language, params object[] parts)
        => string.Format(CultureInfo.InvariantCulture, Texts[key][Math.Max(0, Array.IndexOf(Languages, language))], parts);

    public static string KeyOf(string paperKind) => $"paper_{paperKind}";
}

/// <summary>What a paper is. Stands in rows and in button payloads: never changes.</summary>
public static class PaperKind
{
    public const string Pod = "pod";
    public const string Bol = "bol";
    public const string Receipt = "receipt";
    public const string Other = "other";

    public static readonly IReadOnlyList<string> All = [Pod, Bol, Receipt, Other];

    /// <returns>What drivers photograph at such a stop; null where it does not tell.</returns>
    public static string? Of(string? stopKind) => stopKind switch
    {
        Transports.StopKind.Delivery => Pod,
        Transports.StopKind.Pickup => Bol,
        _ => null,
    };
}
