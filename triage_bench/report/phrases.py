"""Words of the parts that speak of levels, of what models go by, and of single rows; see `words`."""

from __future__ import annotations

from triage_bench.core.sentence import Sentence


def table(**pairs: tuple[str, str]) -> dict[str, Sentence]:
    """Return statements by name, each from its Korean and its English."""
    return {name: Sentence(ko, en) for name, (ko, en) in pairs.items()}


HEADINGS = table(
    explanation=("모델이 본 단어", "What the models go by"),
    review=("다시 볼 라벨", "Labels to review"),
    examples=("틀린 문장", "Errors, text by text"),
    models=("모델별 보기", "Model by model"),
    per_dataset=("자료별 보기", "Data set by data set"),
    growth=("행 수에 따른 학습", "Learning over rows"),
)

LEADS = table(
    lead_explanation=(
        "클래스마다 그렇게 답하게 만든 말입니다. 서로 다른 계열의 모델이 같은 말을 보고 답했다면 그 "
        "말이 자료에 정말 "
        "있는 신호일 가능성이 큽니다. 학습 문장 다섯 개 이상에 나온 말만 적습니다.",
        "For every class, what speaks for it. Where families of different kinds name the same words, the "
        "signal is more "
        "likely to be in the data than in one model. Only what occurs in at least five training texts is listed.",
    ),
    lead_review=(
        "라벨이 잘못되었을 가능성이 크고, 고치면 점수가 가장 많이 오를 행입니다. 시험용으로 따로 둔 행은 "
        "들어 있지 않습니다. "
        "전체 목록은 labels_to_review.csv에 있습니다.",
        "Rows whose labels are most likely wrong and most worth correcting. None of an official test side is "
        "among them. "
        "The whole list is labels_to_review.csv.",
    ),
    lead_examples=(
        "단어별 몫을 따져 본 모델 가운데 가장 나은 것이 자신 있게 틀린 문장입니다. ‘가 → 나’는 실제 라벨이 ‘가’인데 "
        "모델이 ‘나’라고 답했다는 뜻입니다. +가 붙은 단어(청록)는 모델의 답 쪽으로, −가 붙은 단어(주황)는 반대쪽으로 "
        "밀었습니다. 그 아래는 학습 자료에서 가장 비슷한 문장과 그 라벨입니다.",
        "Texts that the best of the explained models got wrong with confidence. “A → B”: labelled A, answered B. Words "
        "marked + (teal) pushed towards its answer, words marked − (orange) against it. Below each: the nearest "
        "training texts and their labels.",
    ),
    lead_models=(
        "모델마다 자료별 점수와 그 순위입니다(튜닝과 기본값 가운데 나은 쪽). ‘=’는 1위와 동률이라는 뜻입니다.",
        "Every model's score on each data set with its rank, tuned or default, whichever is better. “=”: "
        "tied with the best.",
    ),
    lead_growth=(
        "같은 선형 모델을 학습 행의 일부만으로 학습했을 때의 점수입니다. 오른쪽 끝에서도 오르고 있으면 행을 "
        "더 모을 만합니다.",
        "The score of one linear model trained on part of the rows. Where the curve still rises at its right "
        "end, more rows "
        "are worth having.",
    ),
    texts_hidden=(
        "사용자의 자료이므로 문장을 싣지 않았습니다. --show-texts를 붙여 다시 실행하면 전화번호 같은 식별 "
        "정보를 가리고 "
        "싣습니다.",
        "These are your own texts, so none is shown. Run again with --show-texts to show them, with "
        "identifiers such as phone "
        "numbers masked.",
    ),
    no_explanation=(
        "기록에 설명이 없습니다. 같은 명령을 새 폴더(--out)에 다시 실행하면 생깁니다.",
        "The records hold no explanation; the same command in a new folder (--out) makes one.",
    ),
    more_said=("나머지 모델은 findings.csv에 있습니다.", "Further models are in findings.csv."),
    more_failures=("나머지는 report.json에 있습니다.", "The rest stands in report.json."),
    no_growth=("행 수를 바꾸어 학습하지 않았습니다.", "Nothing was trained on fewer rows."),
    no_review=("다시 볼 라벨을 찾지 못했습니다.", "No label stands out."),
    no_examples=("보여 줄 오류가 없습니다.", "There is no error to show."),
)

METHODS = table(
    method_weights=("선형 가중치", "linear weights"),
    method_tree_shap=("트리의 정확한 기여도(TreeSHAP)", "exact tree contributions (TreeSHAP)"),
    method_integrated_gradients=("통합 기울기", "integrated gradients"),
    method_occlusion=("단어를 빼 보기", "leaving words out"),
    gap=("설명하지 못한 몫", "not accounted for"),
    agreement=("계열 사이의 일치", "Agreement between families"),
    agreement_means=(
        "클래스별로 가장 강한 단어 10개 가운데 두 모델에 함께 있는 비율(클래스 평균)",
        "Of the ten strongest words per class, the share that two models have in common (mean over classes)",
    ),
    common_words=(
        "절반 이상의 모델이 함께 꼽은 단어와 그 모델 수",
        "Words that at least half of the models name, and how many do",
    ),
    grams_of=("모델이 읽는 단위", "In its own units"),
    words_of=("단어(띄어쓰기 단위)", "As words"),
    explained_texts=("살펴본 문장", "texts examined"),
    map=("문장 지도", "Map of the texts"),
    map_means=(
        "가까이 있는 점은 비슷한 문장입니다. 색은 라벨, ×는 ‘틀린 문장’의 모델이 틀린 것입니다.",
        "Points close together are similar texts. Colour: the label; ×: an error of the model in “Errors, text by "
        "text”.",
    ),
    map_agreement=("가장 가까운 점과 라벨이 같은 비율", "Nearest point has the same label:"),
    by_chance=("우연이라면", "by chance"),
    attended=("주목한 단어", "attends to"),
    neighbours=("가장 비슷한 학습 문장", "Nearest training texts"),
    similarity=("유사도", "similarity"),
    sure=("확신도", "confidence"),
    row=("행", "Row"),
    text=("문장", "Text"),
    suggested=("제안 · 확률", "Suggested · probability"),
    given_at=("실제 라벨 · 확률", "Given label · probability"),
    chance_wrong=("틀렸을 가능성", "Chance it is wrong"),
    of_rows=("전체 목록의 행 수", "Rows in the whole list"),
    shown_errors=("행을 이렇게 틀림", "rows mistaken this way"),
)

LEVELS = table(
    per_level=("단계별 과소·과다 분류", "Under- and over-triage per level"),
    per_level_ordinal=("단계별 오류의 방향", "Direction of errors per level"),
    under=("덜 급하게(과소)", "Less urgent (under)"),
    over=("더 급하게(과다)", "More urgent (over)"),
    later=("뒤 단계로", "Later level"),
    earlier=("앞 단계로", "Earlier level"),
    far=("두 단계 이상", "Two levels or more"),
    all_levels=("전체", "All"),
    people=("사람", "People"),
    people_means=("같은 행에서 사람이 매긴 등급", "Levels that people gave on the same rows"),
    merge_advice=("클래스를 합치면", "If classes were merged"),
    cost_curve=(
        "과소 분류를 과다 분류보다 몇 배 무겁게 볼지에 따른 평균 비용(가로: 배수, 세로: 비용)",
        "Mean cost as under-triage weighs more than over-triage (across: times as much, up: cost)",
    ),
    one_answer=("모두 한 등급으로", "One level for everybody"),
    thresholds=("긴급(가장 급한 두 등급)으로 부르는 기준", "Calling a patient urgent (the two most urgent levels)"),
    threshold_of=("확률이 이 값 이상이면", "From this probability on"),
    sensitivity=("민감도", "Sensitivity"),
    specificity=("특이도", "Specificity"),
    called=("긴급으로 부른 비율", "Called urgent"),
    predictive_value=("양성 예측도", "Positive predictive value"),
    weight=("배수", "Weight"),
)

BOARD = table(
    all_datasets=("모든 자료", "All data sets"),
    all_families=("모든 계열", "All families"),
    all_units=("모든 토큰 단위", "All tokenizers"),
    family=("계열", "Family"),
    unit=("토큰 단위", "Tokenizer"),
    legend=("열의 뜻", "What the columns mean"),
    means_rank=(
        "점수 순서입니다. ‘동률’이 붙은 모델은 1위와의 차이가 우연일 수 있습니다.",
        "Order by score. “Tied” models may differ from the best by chance only.",
    ),
    means_model=(
        "모델과 토큰 단위입니다. ‘튜닝 N’은 시도 N번으로 매개변수를 고른 것이고, 표시가 없으면 기본값 그대로입니다.",
        "The model and the unit it reads. “tuned N”: parameters chosen in N trials; without a mark: its defaults.",
    ),
    means_interval=(
        "점은 점수, 선은 95% 신뢰구간입니다. 옅은 띠는 1위의 구간입니다. ◀는 축 밖에 있다는 뜻입니다.",
        "The dot is the score, the line its 95% interval, the pale band the interval of the best. ◀: beyond the axis.",
    ),
    means_difference=("1위 점수와의 차이입니다.", "Own score minus the best one's."),
    means_p_value=(
        "1위와 차이가 없다고 할 때 이만한 차이가 나올 확률입니다(같은 행의 대응 무작위화 검정, Holm 보정).",
        "Probability of such a difference if there were none (paired randomisation test, Holm-corrected).",
    ),
    means_fit=("폴드 하나를 학습하는 데 걸린 시간(초)입니다.", "Seconds of one fold's final fit."),
    means_predict=("1초에 답한 행의 수입니다.", "Rows answered per second."),
    means_status=("끝까지 실행되었는지입니다.", "Whether it ran to its end."),
    score=("점수", "Score"),
    go_to=("바로 가기", "Go to"),
)

TUNING = table(
    importance=("중요도", "Importance"),
    importance_means=(
        "이 매개변수 하나로 설명되는 안쪽 점수 분산의 몫(ω²). 탐색이 고른 점들이므로 참고용입니다.",
        "Share of the inner scores' variance that this parameter alone accounts for (ω²); trials are not "
        "random draws, so "
        "take it as a lead.",
    ),
    gain_interval=("이득의 95% 구간", "95% interval of the gain"),
    slices=("매개변수 값과 안쪽 점수", "Parameter values and inner scores"),
    final=("최종 매개변수", "Final parameters"),
    final_means=(
        "모든 행에서 다시 탐색해 고른 값입니다. 아래 명령으로 이 값의 모델을 저장합니다(best_parameters.json은 이 "
        "페이지와 같은 폴더에 있습니다).",
        "Chosen by a search on all rows. The command below keeps a model with them (best_parameters.json lies beside "
        "this page).",
    ),
    caption_slice=(
        "가로: 값, 세로: 안쪽 점수(폴드 평균을 뺀 값)",
        "Across: value, up: inner score less its fold's mean",
    ),
    caption_growth=(
        "학습 행 수와 매크로 F1(가로: 행, 세로: 점수)",
        "Macro-F1 by training rows (across: rows, up: score)",
    ),
    repeats_range=("반복의 범위", "Range of repeats"),
)

PARTS = (HEADINGS, LEADS, METHODS, LEVELS, BOARD, TUNING)
"""Every table of words above."""
